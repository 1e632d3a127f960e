"""Remakes the bilingual starter encoder from the English package, public sets and authored companies.

The recipe in one function; what is shipped is written by `save`.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.int8 import packed, unpacked
from assistant.knowledge.embedders import starter_package
from assistant.knowledge.starter import NEW_ROWS, VOCABULARY, assembled
from assistant.manifest import seal
from finetune.companies import FOLDER, Firm, read_firms
from finetune.encoder import measure
from finetune.encoder.augment import Slips
from finetune.encoder.card import write_card
from finetune.encoder.texts import Lessons, read_intents, read_sentences
from finetune.encoder.train import Recipe, Teacher, embed, train
from finetune.encoder.vocabulary import choose_characters, choose_words, first_vectors, read_cedict

Say = Callable[[str], None]


def train_starter(
    shared: Path, out: Path, recipe: Recipe, say: Say = print, companies: Path = FOLDER, share: float = 1.0,
) -> dict:
    """Train the starter and write its folder; returns the figures on what was kept for measuring.

    `shared` holds the public sets (parallel/, intent/). `share` takes only a part of the companies'
    entries, for the curve of what more of them bring.
    """
    import torch

    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    words = read_cedict(shared / "parallel/cedict_zh_en.jsonl.gz")
    pairs, kept, numbers = read_sentences(shared / "parallel/tatoeba_en_zh.jsonl")
    firms = read_firms(companies)
    taught, held = [f for f in firms if not f.held_out], [f for f in firms if f.held_out]
    taught = [_part(f, share, recipe.seed) for f in taught]
    texts = [zh for zh, _ in pairs] + [t for f in taught for e in f.entries for t in (*e.zh.asked(), e.zh.answer)]
    package = starter_package()
    model, added = _new_model(package, words, texts)
    characters = sum(len(t) == 1 for t in added)
    say(f"{characters:,} characters and {len(added) - characters:,} words added; {sum(len(f.entries) for f in taught):,} entries of {len(taught)} companies")
    from sentence_transformers import SentenceTransformer

    teacher = Teacher(SentenceTransformer(str(package), local_files_only=True).eval())
    slips = Slips(words, {c for t in texts for c in t})
    lessons = Lessons(pairs, words, taught, read_intents(shared / "intent"), slips, added, seed=recipe.seed)
    curve: list[dict] = []

    def look(step: int, minutes: float, loss: float) -> None:
        curve.append({"step": step, "minutes": round(minutes, 1), "loss": round(loss, 3)} | measure.figures(encoder(model), kept, held))
        say(json.dumps(curve[-1]))

    look(0, 0.0, 0.0)
    steps = train(model, teacher, lessons.batches(), recipe, len(model[0].tokenizer) - len(added), look)
    save(model, added, out)
    look(steps, recipe.minutes, 0.0)
    sides = [s for f in taught for e in f.entries for s in (e.zh, e.en)]
    counts = {
        "entries": sum(len(f.entries) for f in taught), "companies": len(taught), "held_out": len(held),
        "followups": sum(len(s.followups) for s in sides),
    }
    (out / "training.json").write_text(json.dumps({"curve": curve, **counts}, indent=1) + "\n", encoding="utf-8")
    _attribute(out, numbers)
    write_card(out, added, counts, curve)
    seal(out, "encoder")
    return curve[-1] | counts


def _part(firm: Firm, share: float, seed: int) -> Firm:
    if share >= 1:
        return firm
    count = round(len(firm.entries) * share)
    some = random.Random(seed).sample(firm.entries, count)
    return Firm(firm.trade, firm.name_zh, firm.name_en, tuple(some))


def _new_model(package: Path, words, texts: Sequence[str]):
    import torch

    known = set(json.loads((package / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])
    added = choose_characters(words, texts, known) + choose_words(words, texts)
    model = assembled(package, added)
    table = model[0].model.embeddings.word_embeddings.weight
    tokenizer = model[0].tokenizer.backend_tokenizer

    def mean(gloss: str):
        return table[tokenizer.encode(gloss, add_special_tokens=False).ids].mean(0)

    with torch.no_grad():
        default = table[1000:30000].mean(0)
        table[-len(added) :] = first_vectors(added, words, mean, default)
    return model, added


def encoder(model) -> measure.Encode:
    """Return a function from texts to (n, d) unit vectors as float32 numpy."""
    import torch

    def encode(texts):
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = torch.empty(len(texts), model.get_embedding_dimension())
        with torch.inference_mode():
            for start in range(0, len(order), 128):
                some = order[start : start + 128]
                out[some] = embed(model, [texts[i] for i in some]).cpu()
        return out.numpy()

    return encode


def save(model, added: Sequence[str], out: Path) -> None:
    """Write new rows and layers in 8 bits, and the vocabulary; the model goes on with what was written."""
    import torch
    from safetensors.torch import save_file

    out.mkdir(parents=True, exist_ok=True)
    bert = model[0].model
    rows = bert.embeddings.word_embeddings.weight
    layers = {f"encoder.{k}": v for k, v in bert.encoder.state_dict().items()}
    saved = packed({NEW_ROWS: rows[-len(added) :]} | layers)
    save_file(saved, out / "learned.safetensors")
    (out / VOCABULARY).write_text("\n".join(added) + "\n", encoding="utf-8")
    rounded = unpacked(saved)
    with torch.no_grad():
        rows[-len(added) :] = rounded.pop(NEW_ROWS).to(rows.device)
        bert.load_state_dict(rounded, strict=False)


def _attribute(out: Path, numbers: Sequence[tuple[int, int]]) -> None:
    """Name every sentence of Tatoeba by its number, as its licence asks."""
    text = "\n".join(f"{en} {zh}" for en, zh in numbers) + "\n"
    with gzip.GzipFile(out / "tatoeba-sentences.txt.gz", "wb", mtime=0) as stream:
        stream.write(text.encode())
