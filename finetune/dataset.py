"""Frozen datasets: masked, without duplicates, split by conversation, sealed with hashes.

A conversation falls into its part by a hash of its id, for ever: what was held out once is held
out of every later training, so that figures of different versions can be compared.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from assistant.errors import Damaged
from assistant.manifest import MANIFEST, seal, verify
from assistant.records import Example
from assistant.safety.personal import PLACEHOLDERS, mask, own_contacts
from assistant.settings import Settings
from assistant.store import Store
from assistant.text import normalise
from finetune.examples import make_examples

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Dataset:
    """The examples of one frozen folder, by split."""

    id: str
    folder: Path
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]

    @property
    def taught(self) -> tuple[Example, ...]:
        """What a model may learn from: everything but the held-out conversations."""
        return self.train + self.validation

    def __len__(self) -> int:
        return len(self.taught) + len(self.test)


def split_of(conversation: str) -> str:
    """Return the split of a conversation: 80 % train, 10 % validation, 10 % test, by SHA-256."""
    place = int(hashlib.sha256(conversation.encode("utf-8", "surrogatepass")).hexdigest(), 16) % 10
    return {0: "test", 1: "validation"}.get(place, "train")


def key(example: Example) -> str:
    """Return what makes two examples the same: question, what came before, labels and reply."""
    parts = [
        normalise(example.question), normalise(example.reply), sorted(example.intents),
        sorted(example.faqs), [normalise(text) for _, text in example.history[-2:]],
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def prepare(examples: Iterable[Example], keep: Iterable[str] = ()) -> tuple[list[Example], int]:
    """Return masked examples, each once, and how many repetitions were dropped.

    `keep` names contacts of the company that stay readable.
    """
    keep = frozenset(keep)
    seen: dict[str, Example] = {}
    total = 0
    for example in examples:
        masked = replace(
            example, question=mask(example.question, keep), reply=mask(example.reply, keep),
            history=tuple((role, mask(text, keep)) for role, text in example.history),
        )
        seen.setdefault(key(masked), masked)
        total += 1
    return list(seen.values()), total - len(seen)


def current(settings: Settings, store: Store) -> Dataset:
    """Return the store's conversations as a dataset: the last frozen one where nothing changed."""
    until = store.conversations.last_turn_number()
    conversations = store.conversations.all_with_turns()
    faqs = store.knowledge.faqs(status="published")
    examples = make_examples(conversations, store.conversations.reviews(kind="staff"))
    kept, dropped = prepare(examples, own_contacts(f.answer for f in faqs))
    last = latest(settings, store)
    if last is not None and Counter(map(key, _all(last))) == Counter(map(key, kept)):
        return last
    return freeze(settings, store, kept, until, dropped)


def _all(dataset: Dataset) -> tuple[Example, ...]:
    return dataset.taught + dataset.test


def freeze(
    settings: Settings, store: Store, examples: Sequence[Example], until_turn: int, dropped: int = 0
) -> Dataset:
    """Write home/datasets/<id> as a whole, record it, and return it."""
    id = f"dataset-{datetime.now():%Y%m%d-%H%M}-{secrets.token_hex(2)}"
    folder = settings.home / "datasets" / id
    fresh = folder.with_name(f".new-{id}")
    fresh.mkdir(parents=True)
    try:
        by: dict[str, list[Example]] = {split: [] for split in SPLITS}
        for example in examples:
            by[split_of(example.conversation)].append(example)
        for split, some in by.items():
            lines = (json.dumps(asdict(e), ensure_ascii=False) + "\n" for e in some)
            (fresh / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
        (fresh / "card.md").write_text(card(id, by, until_turn, dropped), encoding="utf-8")
        seal(fresh, "dataset")
        fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    store.releases.add_dataset(id, f"datasets/{id}", until_turn, len(examples))
    return Dataset(id, folder, *(tuple(by[split]) for split in SPLITS))


def card(id: str, by: dict[str, list[Example]], until_turn: int, dropped: int) -> str:
    """Return the data card: what it holds, how it was made, what it must not be used for."""
    every = [e for some in by.values() for e in some]
    labels = Counter(i for e in every for i in e.intents)
    masked = Counter(p for e in every for p in PLACEHOLDERS if p in e.question or p in e.reply)
    rows = [
        f"| {split} | {len(some)} | {len({e.conversation for e in some})} | "
        f"{sum(bool(e.intents) for e in some)} | {sum(bool(e.reply) for e in some)} | "
        f"{sum(e.language == 'zh' for e in some)} |"
        for split, some in by.items()
    ]
    return "\n".join([
        f"# {id}", "",
        "Customer turns of this home's conversations, with labels and replies that a person wrote, "
        "judged right or gave as the better reply.", "",
        "| split | examples | conversations | with intent | with reply | Chinese |",
        "|---|---|---|---|---|---|", *rows, "",
        f"- Conversations up to turn {until_turn} of the store; {dropped} repetitions dropped.",
        "- Split by a hash of the conversation's id, the same in every dataset.",
        "- Personal data masked by form: " + (
            ", ".join(f"{p} in {n} examples" for p, n in masked.most_common()) or "none found") + ".",
        "  Names and street addresses are not recognised. Handle this folder as customer data.",
        "- Intents: " + (", ".join(f"{i} {n}" for i, n in labels.most_common()) or "none") + ".", "",
    ])


def latest(settings: Settings, store: Store) -> Dataset | None:
    """Return the newest dataset whose folder is whole, or None."""
    for row in reversed(store.releases.datasets()):
        try:
            return read(settings.home / row["path"])
        except Damaged:
            continue
    return None


def read(folder: Path) -> Dataset:
    """Return a frozen dataset; raises Damaged where it is not whole or was changed."""
    verify(folder)
    try:
        parts = [_read(folder / f"{split}.jsonl") for split in SPLITS]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Damaged(f"The dataset {folder} can't be read ({error}); see its {MANIFEST}.") from error
    return Dataset(folder.name, folder, *parts)


def _read(path: Path) -> tuple[Example, ...]:
    out = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line:
            row = json.loads(line)
            row["history"] = tuple((role, text) for role, text in row["history"])
            out.append(Example(**{**row, "intents": tuple(row["intents"]), "faqs": tuple(row["faqs"])}))
    return tuple(out)
