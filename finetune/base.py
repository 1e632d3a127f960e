"""The base response model, trained from random weights: tokenizer, model, training, packing.

Knows how `data/starter/response` is remade. Leaves the making of lessons to `curriculum`, the text
form to `assistant.replying.prompts` and what is told of the model to `model_card`.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.errors import KefuError
from assistant.manifest import seal
from assistant.processor import fast_half
from assistant.replying import prompts
from finetune.curriculum import Curriculum, Lesson, Sources, examination, gather
from finetune.model_card import write_card

VOCABULARY = 6144
LOOKS, LOOKED_AT = 20, 96
EXAMINED = 240  # replies written at the end, one by one
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the base is trained; `batch_tokens` counts tokens with padding.

    `minutes` are of `threads` idle cores, counted in processor time, so that a busy machine takes
    longer and makes the same model.
    """

    minutes: float = 30.0
    batch_tokens: int = 4096
    rate: float = 2e-3
    warmup_steps: int = 60
    weight_decay: float = 0.05
    prompt_share: float = 0.15
    seed: int = 7
    threads: int = 2


DEFAULT = Recipe()


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of a prompt with its replies; `spans` are (start, end) of each reply in `ids`."""

    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]


def train_base(
    texts: Path, permitted: Path | None, out: Path, recipe: Recipe = DEFAULT, say: Say = print,
    bilingual: Path | None = None,
) -> dict:
    """Train the base on `texts` (records), `bilingual` companies and the `permitted` public sets.

    Writes the folder `out`.

    Returns the measures on held-out companies. A run that was interrupted goes on from the last
    checkpoint in `out/checkpoint`, which is removed at the end.
    """
    import torch

    from finetune.copying import lay_induction

    torch.set_num_threads(recipe.threads)
    torch.manual_seed(recipe.seed)
    sources = gather(texts, permitted, bilingual)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer(sources, out)
    model = new_model(tokenizer.get_vocab_size())
    lay_induction(model)
    parameters = sum(p.numel() for p in model.parameters())
    say(f"{parameters:,} parameters, {len(sources.companies)} companies")
    curve = _train(model, tokenizer, sources, recipe, out / "checkpoint", say)
    exam = examination(sources)
    figures = examine(model, tokenizer, exam[:: max(1, len(exam) // EXAMINED)])
    say(f"held-out companies: {figures}")
    save_folder(model, tokenizer, out, {"recipe": asdict(recipe), "curve": curve, "held_out": figures})
    write_card(out, sources, permitted is not None, recipe.minutes, parameters, curve, figures)
    _forget(out / "checkpoint")
    seal(out, "response")
    return figures


# Tokenizer and model


def train_tokenizer(sources: Sources, path: Path, size: int = VOCABULARY):
    """Train a byte-level BPE on both languages and save it; returns the `tokenizers.Tokenizer`.

    Digits and Han characters are tokens of their own, so that a number, or a part of a Chinese
    sentence, is cut the same wherever it stands and can be copied piece by piece.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(r"[\u3400-\u9fff]"), "isolated"),
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=list(prompts.SPECIAL), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(_tokenizer_texts(sources), trainer)
    tokenizer.save(str(path))
    return tokenizer


def _tokenizer(sources: Sources, out: Path):
    """Return the tokenizer of an interrupted run, whose ids its checkpoint speaks in, or a new one."""
    from tokenizers import Tokenizer

    path = out / "tokenizer.json"
    if (out / "checkpoint" / "last.pt").exists() and path.exists():
        return Tokenizer.from_file(str(path))
    return train_tokenizer(sources, path)


def _tokenizer_texts(sources: Sources) -> Iterator[str]:
    for company in sources.companies:
        for record in company.records:
            for text in (record.passage, *(t for a in record.asked for t in (a.question, a.reply))):
                yield from [" " + text] * 4
    for language, pool in sources.lines.items():
        # English outweighs Chinese in the public sets and needs fewer pieces: a part is enough.
        yield from (" " + t for t in (pool[::3] if language == "en" else pool))
    for pools in sources.groups.values():
        for group in pools[::4]:
            yield from (" " + t for t in group)


def new_model(vocabulary: int, **changes):
    """Return a small Qwen3 model with random weights (3.9 M parameters at the full vocabulary).

    Four layers: within minutes on a CPU more steps teach more than more layers do.
    """
    from transformers import Qwen3Config, Qwen3ForCausalLM

    shape = {
        "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 64, "intermediate_size": 512, "max_position_embeddings": prompts.CONTEXT,
        "tie_word_embeddings": True, "attention_bias": True, "rope_theta": 1e6, "pad_token_id": 0, "bos_token_id": None, "eos_token_id": 1,
    }
    return Qwen3ForCausalLM(Qwen3Config(vocab_size=vocabulary, **{**shape, **changes}))


def encode(lesson: Lesson, tokenizer, limit: int = prompts.CONTEXT) -> Encoded:
    """Return a lesson as token ids, rendered as in serving, everything cut at `limit`."""
    ids_of = lambda text: tokenizer.encode(text, add_special_tokens=False).ids  # noqa: E731
    asked = prompts.render(lesson.prompt, lambda text: len(ids_of(text)))
    ids, spans = [], []
    for before, reply in [(asked, lesson.reply), *((prompts.render_further(q), r) for q, r in lesson.more)]:
        ids += ids_of(before)
        start = len(ids)
        ids += ids_of(prompts.render_reply(reply))
        if start < limit:
            spans.append((start, min(len(ids), limit)))
    return Encoded(tuple(ids[:limit]), tuple(spans))


# Training


def _train(model, tokenizer, sources: Sources, recipe: Recipe, checkpoint: Path, say: Say) -> list[dict]:
    """Train until the time is spent; returns the curve, LOOKS rows on a sample of the held-out."""
    import torch

    model.set_attn_implementation("eager")  # on a CPU its gradients cost a fifth of the fused form's
    optimizers = _optimizers(model, recipe)
    rates = [[g["lr"] for g in o.param_groups] for o in optimizers]
    state = _resume(model, optimizers, checkpoint, say)
    curriculum = Curriculum(sources, recipe.seed + state["step"])
    exam = [encode(lesson, tokenizer) for lesson, _ in examination(sources)]
    exam = exam[:: max(1, len(exam) // LOOKED_AT)]
    generator = torch.Generator().manual_seed(recipe.seed + state["step"])
    clock = lambda: time.process_time() / recipe.threads  # noqa: E731
    total, began, losses = recipe.minutes * 60, clock() - state["seconds"], []
    looked = state["seconds"]

    def look() -> None:
        state["seconds"] = clock() - began
        row = {"step": state["step"], "minutes": round(state["seconds"] / 60, 1), "loss": _mean(losses[-40:])}
        state["curve"].append(row | teacher_forced(model, exam))
        say(json.dumps(state["curve"][-1]))
        _checkpoint(model, optimizers, state, checkpoint)

    while (spent := clock() - began) < total:
        if spent - looked >= total / LOOKS:
            looked = spent
            look()
        progress = spent / total
        _set_rates(optimizers, rates, schedule(progress, state["step"], recipe.warmup_steps))
        for batch in _batches(curriculum, tokenizer, progress, recipe.batch_tokens):
            losses.append(step(model, optimizers, batch, recipe.prompt_share * (1 - progress), generator))
            state["step"] += 1
    if losses:
        look()
    return state["curve"]


def _set_rates(optimizers: Sequence, rates: Sequence[Sequence[float]], factor: float) -> None:
    for optimizer, base in zip(optimizers, rates, strict=True):
        for group, rate in zip(optimizer.param_groups, base, strict=True):
            group["lr"] = rate * factor


def schedule(progress: float, step: int, warmup: int) -> float:
    """Return the factor on the rate: linear warm-up, a plateau, then a linear fall from 30 % on."""
    fall = 1.0 if progress < 0.3 else 1.0 - 0.97 * (progress - 0.3) / 0.7
    return min(1.0, (step + 1) / warmup) * max(fall, 0.03)


def _optimizers(model, recipe: Recipe) -> list:
    """Muon for the matrices inside the layers (Jordan et al., 2024), AdamW for all else."""
    import torch

    from finetune.muon import Muon

    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if not (p.ndim == 2 and "embed" not in n)]
    return [
        Muon(matrices, lr=recipe.rate, weight_decay=recipe.weight_decay, half=fast_half()),
        torch.optim.AdamW(others, lr=recipe.rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def _batches(
    curriculum: Curriculum, tokenizer, progress: float, batch_tokens: int
) -> Iterator[list[Encoded]]:
    """Yield a few batches of lessons of like length: short ones early, all later."""
    longest = int(192 + 448 * min(1.0, progress / 0.4))
    drawn = [encode(curriculum.lesson(progress), tokenizer) for _ in range(200)]
    drawn = sorted((e for e in drawn if len(e.ids) <= longest), key=lambda e: len(e.ids))
    batches, current = [], []
    for encoded in drawn:
        if current and (len(current) + 1) * len(encoded.ids) > batch_tokens:
            batches.append(current)
            current = []
        current.append(encoded)
    if len(current) > 4 or not batches:
        batches.append(current)
    random.Random(len(drawn)).shuffle(batches)
    yield from (b for b in batches if b)


def step(model, optimizers: Sequence, batch: Sequence[Encoded], prompt_share: float, generator=None) -> float:
    """Take one step on a batch and return the mean loss per reply token (nats)."""
    import torch

    model.train()
    ids, reply = pad(batch)
    # A few positions of the prompt are learned too: they teach the language that questions use.
    sampled = torch.rand(ids[:, 1:].shape, generator=generator) < prompt_share
    chosen = reply | (sampled & (ids[:, 1:] != 0))
    logits = logits_at(model, ids, chosen)
    losses = torch.nn.functional.cross_entropy(logits, ids[:, 1:][chosen], reduction="none")
    weights = torch.where(reply[chosen], 1.0, 0.3)
    (losses * weights).sum().div(weights.sum()).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
    return float(losses[reply[chosen]].mean().detach())


def pad(batch: Sequence[Encoded]):
    """Return (ids (n, length), reply mask (n, length - 1)): the mask marks targets in the reply."""
    import torch

    length = max(len(e.ids) for e in batch)
    ids = torch.zeros((len(batch), length), dtype=torch.long)
    reply = torch.zeros((len(batch), length - 1), dtype=torch.bool)
    for row, encoded in enumerate(batch):
        ids[row, : len(encoded.ids)] = torch.tensor(encoded.ids)
        for start, end in encoded.spans:
            reply[row, start - 1 : end - 1] = True
    return ids, reply


def logits_at(model, ids, chosen):
    """Return float32 logits (k, vocabulary) for the k targets that `chosen` marks.

    Padding stands at the right, where a causal model never sees it, so no mask is needed.
    bfloat16 halves the time where the processor has matrix units for it and is off elsewhere.
    """
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast_half()):
        hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state
        return model.lm_head(hidden[:, :-1][chosen]).float()


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / max(len(values), 1), 3)


# Measuring


def teacher_forced(model, exam: Sequence[Encoded], batch: int = 32) -> dict:
    """Return mean loss and the share of replies whose every token is the model's first choice.

    Greedy decoding writes a reply exactly when each of its tokens is the first choice given those
    before, so the share equals that of exact copies without decoding.
    """
    import torch

    model.eval()
    exact, total, tokens = 0, 0.0, 0
    with torch.inference_mode():
        for start in range(0, len(exam), batch):
            ids, reply = pad(exam[start : start + batch])
            logits, targets = logits_at(model, ids, reply), ids[:, 1:][reply]
            total += float(torch.nn.functional.cross_entropy(logits, targets, reduction="sum"))
            tokens += len(targets)
            right = torch.zeros_like(reply)
            right[reply] = logits.argmax(-1) == targets
            exact += int((right | ~reply).all(dim=1).sum())
    return {"held_out_loss": round(total / max(tokens, 1), 3), "exact": round(exact / max(len(exam), 1), 3)}


def examine(model, tokenizer, exam: Sequence[tuple[Lesson, str]]) -> dict:
    """Return shares over held-out questions: whole sentences copied, of the right passage, exact."""
    from assistant.replying.generators.local import LocalGenerator
    from assistant.text import sentences

    model.eval()
    generator = LocalGenerator.of(model, as_transformers(tokenizer))
    counts = {"copied": 0, "right_passage": 0, "exact": 0, "none": 0}
    began, words = time.monotonic(), 0
    for lesson, right in exam:
        written = _written(generator, lesson)
        words += generator.tokens
        parts = [s.strip() for s in sentences(written)]
        counts["none"] += not written
        counts["copied"] += bool(parts) and all(any(s in p for p in lesson.prompt.passages) for s in parts)
        counts["right_passage"] += bool(parts) and all(s in right for s in parts)
        counts["exact"] += written == lesson.reply
    n = max(len(exam), 1)
    speed = round(words / max(time.monotonic() - began, 1e-9), 1)
    return {"n": len(exam), **{k: round(v / n, 3) for k, v in counts.items()}, "tokens_per_second": speed}


def _written(generator, lesson: Lesson) -> str:
    """Return the reply, as far as it came where it ran past the limit of tokens."""
    pieces: list[str] = []
    try:
        for piece in generator.generate(lesson.prompt):
            pieces.append(piece)
    except KefuError:
        pieces.append("…")  # no sentence of a passage ends so
    return "".join(pieces).strip()


# Keeping


def _checkpoint(model, optimizers, state: dict, folder: Path) -> None:
    import torch

    folder.mkdir(exist_ok=True)
    whole = {"model": model.state_dict(), "state": state, "optimizers": [o.state_dict() for o in optimizers]}
    torch.save(whole, folder / "new.pt")
    (folder / "new.pt").replace(folder / "last.pt")


def _resume(model, optimizers, folder: Path, say: Say) -> dict:
    import torch

    if not (folder / "last.pt").exists():
        return {"step": 0, "seconds": 0.0, "curve": []}
    whole = torch.load(folder / "last.pt", weights_only=True)
    model.load_state_dict(whole["model"])
    for optimizer, kept in zip(optimizers, whole["optimizers"], strict=True):
        optimizer.load_state_dict(kept)
    say(f"goes on from step {whole['state']['step']}")
    return whole["state"]


def _forget(folder: Path) -> None:
    if folder.exists():
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()


def save_folder(model, tokenizer, out: Path, training: dict | None = None) -> None:
    """Write a plain Hugging Face folder: fp16 safetensors, tokenizer, configs, training figures."""
    import copy

    import torch
    from transformers import GenerationConfig

    out.mkdir(parents=True, exist_ok=True)
    half = copy.deepcopy(model).to(torch.float16)
    half.config.architectures = ["Qwen3ForCausalLM"]
    half.generation_config = GenerationConfig(
        do_sample=False, max_new_tokens=160, eos_token_id=tokenizer.token_to_id(prompts.END),
        pad_token_id=tokenizer.token_to_id(prompts.PAD),
    )
    half.save_pretrained(out)
    as_transformers(tokenizer).save_pretrained(out)
    if training:
        text = json.dumps(training, ensure_ascii=False, indent=1)
        (out / "training.json").write_text(text + "\n", encoding="utf-8")


def as_transformers(tokenizer):
    """Return the `tokenizers.Tokenizer` as the tokenizer class of transformers."""
    from transformers import PreTrainedTokenizerFast

    others = [t for t in prompts.SPECIAL if t not in (prompts.END, prompts.PAD)]
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=prompts.END, pad_token=prompts.PAD,
        additional_special_tokens=others, clean_up_tokenization_spaces=False,
        model_max_length=prompts.CONTEXT,
    )
