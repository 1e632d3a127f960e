"""The company's response model: LoRA on its own dialogues over a base, merged and kept as a version.

Knows what is learned from a dialogue and how a generator is measured. Leaves the form of prompts to
`prompts`, the step to `base`, and whether the candidate serves to the gate.
"""

from __future__ import annotations

import random
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import BadInput, MissingPart
from assistant.records import Example, Faq, Prompt, Version
from assistant.registry import STARTERS, discard, keep, new_folder
from assistant.replying import prompts
from assistant.replying.factlock import allowed, verbatim
from assistant.replying.generators import Generator
from assistant.safety.personal import PLACEHOLDERS
from assistant.settings import STARTER, Settings
from assistant.store import Store
from assistant.text import detect_language, joiner, sentences
from finetune import base
from finetune.curriculum import Asked, Lesson, extract
from finetune.dataset import Dataset
from finetune.dataset import current as current_dataset
from finetune.scores import chrf, rouge_l

LEAST = 20
LOOKS = 16
PATIENCE = 4  # looks without a better loss, after which no more is learned
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a candidate is trained; `own_words` is the share taught with the agent's words.

    The rest is taught with the sentences of the passage that say the same: that keeps copying alive.
    """

    rank: int = 16
    rate: float = 8e-4
    batch_tokens: int = 3072
    own_words: float = 0.5
    threads: int = 2


def train_candidate(
    settings: Settings, store: Store, dataset: Dataset | None = None, progress: Progress | None = None,
    *, base_folder: Path | None = None, plan: Plan | None = None,
) -> Version:
    """Train on a dataset's dialogues (the home's, if left out) and keep the result as a version.

    Takes at most `settings.training.seconds` on the clock, less once looks at the dataset's validation
    split no longer get better; the best look is kept. Nothing is promoted. Raises BadInput where there is too
    little to learn from, MissingPart without a base. `progress` gets the share done, 0 to 1.
    """
    import torch

    began, plan = time.monotonic(), plan or Plan()
    dataset = current_dataset(settings, store) if dataset is None else dataset
    train, held = (
        to_lessons(store, some, settings.training.seed) for some in (dataset.train, dataset.validation)
    )
    if len(train) < LEAST:
        raise BadInput(
            f"Expected at least {LEAST} replies by people that name a FAQ and are borne out by it, found "
            f"{len(train)}. Import more dialogues with: ingest history import FILE"
        )
    torch.set_num_threads(min(plan.threads, torch.get_num_threads()))
    torch.manual_seed(settings.training.seed)
    model, tokenizer = load_base(base_folder or STARTER / "response")
    model, figures = _fit(model, tokenizer, train, held, settings, plan, began, progress)
    metrics = {**figures, "train": len(train), "validation": len(held), "dataset": dataset.id}
    name = base_folder.name if base_folder else STARTERS["response"]
    return _keep(settings, store, model, tokenizer, metrics, name)


def exam_of(store: Store, dataset: Dataset, seed: int = 7) -> list[Lesson]:
    """Return the prompts of the dataset's test split with the replies that people gave."""
    return [taught.own for taught in to_lessons(store, dataset.test, seed)]


# What is learned


@dataclass(frozen=True, slots=True)
class Taught:
    """One lesson twice: in the agent's words and in the passage's own."""

    own: Lesson
    copied: Lesson


def to_lessons(store: Store, examples: Sequence[Example], seed: int = 7) -> list[Taught]:
    """Return lessons with the passages that serving would have found: the right FAQ among others.

    Of a reply only the sentences that the fact lock passes are taught; a reply with none is left out.
    """
    faqs = {f.id: f for f in store.knowledge.faqs(status="published")}
    by_pair = {(f.pair or f.id, f.language): f for f in faqs.values()}
    rng, out = random.Random(seed), []
    for example in examples:
        named = [faqs[id] for id in example.faqs if id in faqs]
        right = [by_pair.get((f.pair or f.id, example.language), f) for f in named]
        right = [f for f in dict.fromkeys(right) if f.answer]
        if not right or not example.reply.strip():
            continue
        others = _others(store, example, right, faqs)
        passages = _arranged([f.answer for f in right], others, rng)
        prompt = Prompt(example.question, passages, example.history, example.language)
        reply = supported(example.reply, prompt)
        if reply:
            asked = Asked(example.question, reply)
            quoted = extract(right[0].answer, asked, example.language)
            out.append(Taught(Lesson(prompt, reply), Lesson(prompt, quoted)))
    return out


def _others(
    store: Store, example: Example, right: Sequence[Faq], faqs: dict[str, Faq], count: int = 2
) -> list[str]:
    """Return the approved texts that the words of the question would also find."""
    taken = {f.pair or f.id for f in right}
    found: list[str] = []
    ranked = [id for id, _ in store.knowledge.lexical(example.question, 30, (1.0, 0.3))]
    passages = store.knowledge.passages(ranked)
    for passage in (passages[id] for id in ranked if id in passages):
        faq = faqs.get(passage.owner)
        if faq is None or faq.language != example.language or (faq.pair or faq.id) in taken:
            continue
        taken.add(faq.pair or faq.id)
        if faq.answer:
            found.append(faq.answer)
        if len(found) == count:
            break
    return found


def _arranged(right: list[str], others: list[str], rng: random.Random) -> tuple[str, ...]:
    """Return up to three passages, the right one on top as often as a search puts it there."""
    passages = [*right, *others[: rng.choice((0, 1, 2, 2))]][: len(prompts.PASSAGES)]
    if len(passages) > 1 and rng.random() < 0.2:
        passages[0], passages[1] = passages[1], passages[0]
    return tuple(passages)


def supported(reply: str, prompt: Prompt) -> str:
    """Return the sentences of a reply that the fact lock passes and that hold nothing masked."""
    customer = [prompt.question, *(text for role, text in prompt.history if role == "customer")]
    said: list[str] = []
    for part in sentences(reply):
        if not any(p in part for p in PLACEHOLDERS) and allowed(part, prompt.passages, customer, prompt.language, said) is None:
            said.append(part.strip())
    return joiner(prompt.language).join(said)


# Training


def load_base(folder: Path):
    """Return (model, tokenizer) of a base in this program's prompt form; raises MissingPart."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not (folder / "config.json").is_file():
        raise MissingPart(
            f"There is no base response model in {folder}. Make one with: finetune response --starter "
            "--texts data/starter/response/training"
        )
    tokenizer = AutoTokenizer.from_pretrained(str(folder)).backend_tokenizer
    if tokenizer.token_to_id(prompts.REPLY) is None:
        raise BadInput(
            f"The model in {folder} was not trained on this program's prompts (it lacks {prompts.REPLY}). "
            "Use the starter, or a version made from it."
        )
    model = AutoModelForCausalLM.from_pretrained(str(folder), dtype="float32", use_safetensors=True)
    return model, tokenizer


def _fit(
    model, tokenizer, train: Sequence[Taught], held: Sequence[Taught], settings: Settings, plan: Plan,
    began: float, progress: Progress | None,
) -> tuple:
    """Fit LoRA weights within the time; return (model, figures), the best look merged into the model."""
    import torch
    from peft import LoraConfig, get_peft_model

    warnings.filterwarnings("ignore", message=".*is_gradient_checkpointing.*", category=FutureWarning)
    wrapped = get_peft_model(model, LoraConfig(
        r=plan.rank, lora_alpha=2 * plan.rank, target_modules=TARGETS, lora_dropout=0.05, bias="none",
    ))
    weights = [p for p in wrapped.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=plan.rate, weight_decay=0.01)
    pairs = [(base.encode(t.own, tokenizer), base.encode(t.copied, tokenizer)) for t in train]
    exam = [base.encode(t.own, tokenizer) for t in held]
    rng, limit = random.Random(settings.training.seed), settings.training.seconds * 0.9
    best = {"loss": _loss(wrapped, exam), "step": 0, "weights": [p.detach().clone() for p in weights]}
    first, step, looked, idle = best["loss"], 0, 0, 0
    while (done := (time.monotonic() - began) / limit) < 1.0 and idle < PATIENCE:
        for batch in _epoch(pairs, plan, rng):
            done = (time.monotonic() - began) / limit
            if done >= 1.0 or idle == PATIENCE:
                break
            for group in optimizer.param_groups:
                group["lr"] = plan.rate * base.schedule(done, step, 10)
            base.step(wrapped.base_model.model, [optimizer], batch, 0.0)
            step += 1
            if progress:
                progress(min(done, 1.0))
            if int(done * LOOKS) > looked:
                looked, before = int(done * LOOKS), best["step"]
                best = _better(wrapped, exam, weights, step, best)
                idle = 0 if best["step"] > before or not exam else idle + 1
    best = _better(wrapped, exam, weights, step, best)
    with torch.no_grad():
        for parameter, kept in zip(weights, best["weights"], strict=True):
            parameter.copy_(kept)
    figures = {"steps": step, "best_step": best["step"], "loss_before": first, "loss": best["loss"]}
    return wrapped.merge_and_unload(), figures


def _epoch(pairs: Sequence, plan: Plan, rng: random.Random) -> list[list[base.Encoded]]:
    """Return batches of one pass: each lesson once, in the agent's words or the passage's."""
    drawn = sorted(
        (own if rng.random() < plan.own_words else copied for own, copied in pairs),
        key=lambda e: len(e.ids) + rng.random(),
    )
    batches: list[list[base.Encoded]] = [[]]
    for encoded in drawn:
        if (len(batches[-1]) + 1) * len(encoded.ids) > plan.batch_tokens and batches[-1]:
            batches.append([])
        batches[-1].append(encoded)
    rng.shuffle(batches)
    return batches


def _loss(wrapped, exam: Sequence[base.Encoded]) -> float:
    return base.teacher_forced(wrapped.base_model.model, exam)["held_out_loss"] if exam else 0.0


def _better(wrapped, exam, weights, step: int, best: dict) -> dict:
    """Return the better of the best so far and now; without held-out conversations, now."""
    loss = _loss(wrapped, exam)
    if exam and loss >= best["loss"]:
        return best
    return {"loss": loss, "step": step, "weights": [p.detach().clone() for p in weights]}


def _keep(settings: Settings, store: Store, model, tokenizer, metrics: dict, base_name: str) -> Version:
    id, folder = new_folder(settings, "response")
    try:
        base.save_folder(model, tokenizer, folder, metrics)
        return keep(settings, store, id, folder, base=base_name, metrics=metrics, origin="finetune response")
    except BaseException:
        discard(folder)
        raise


# Measuring


def measure(
    generator: Generator, lessons: Sequence[Lesson], progress: Callable[[int], None] | None = None
) -> dict:
    """Return what a generator does with prompts whose right reply is known.

    Shares from 0 to 1: `supported` every written sentence passes the fact lock, `shown` at least the
    first does, `copied` whole sentences of the passages alone, `right_language`, `silent` nothing
    written, `failed` the generator gave up. `rouge_l` and `chrf` against the right reply; then
    `tokens_per_second` and `first_token_ms` (median).
    """
    rows = []
    for lesson in lessons:
        rows.append(_measured(generator, lesson))
        if progress:
            progress(1)
    if not rows:
        return {"n": 0}
    names = ("supported", "shown", "copied", "right_language", "silent", "failed", "rouge_l", "chrf")
    figures = {name: round(statistics.fmean(r[name] for r in rows), 4) for name in names}
    seconds = sum(r["seconds"] for r in rows)
    first = [r["first_ms"] for r in rows if r["first_ms"] is not None]
    return {
        "n": len(rows), **figures,
        "tokens_per_second": round(sum(r["pieces"] for r in rows) / max(seconds, 1e-9), 1),
        "first_token_ms": round(statistics.median(first), 1) if first else None,
    }


def _measured(generator: Generator, lesson: Lesson) -> dict:
    prompt, began, pieces, first_ms, failed = lesson.prompt, time.perf_counter(), [], None, False
    try:
        for piece in generator.generate(prompt):
            if first_ms is None:
                first_ms = (time.perf_counter() - began) * 1e3
            pieces.append(piece)
    except Exception:  # a generator that breaks is measured as one that failed
        failed = True
    seconds, written = time.perf_counter() - began, "".join(pieces).strip()
    customer = [prompt.question, *(text for role, text in prompt.history if role == "customer")]
    verdicts, said = [], []
    for part in sentences(written):
        verdicts.append(allowed(part, prompt.passages, customer, prompt.language, said) is None)
        said.append(part)
    return {
        "supported": bool(verdicts) and all(verdicts) and not failed,
        "shown": bool(verdicts) and verdicts[0],
        "copied": bool(written) and all(verbatim(s, prompt.passages) for s in sentences(written)),
        "right_language": bool(written) and detect_language(written, prompt.language) == prompt.language,
        "silent": not written and not failed, "failed": failed,
        "rouge_l": rouge_l(written, lesson.reply), "chrf": chrf(written, lesson.reply),
        "seconds": seconds, "pieces": len(pieces), "first_ms": first_ms,
    }
