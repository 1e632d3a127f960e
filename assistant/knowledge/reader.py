"""The shipped cross-encoder: the starter encoder's first layers, trained to read a question beside a passage.

Knows its files and how they become a model that says with which probability each of some passages
answers. Training it is `finetune.encoder.reader`'s, ranking by it `reranker`'s.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import Damaged
from assistant.int8 import unpacked
from assistant.knowledge.starter import load_starter
from assistant.manifest import MANIFEST, sha256_of, verify

FILE, WEIGHTS = "reranker.json", "learned.safetensors"
LONGEST = 96  # tokens of question and passage together


class Reader:
    """A BERT-like model with one output for each pair of question and passage."""

    def __init__(self, bert, head, tokenizer, name: str = "reader"):
        self.bert, self.head, self.tokenizer, self.name = bert, head, tokenizer, name

    def logits(self, questions: Sequence[str], passages: Sequence[str]):
        """Return a tensor (n,): one number for each pair, with gradients where they are wanted."""
        features = self.tokenizer(
            list(questions), list(passages), truncation=True, max_length=LONGEST, padding=True, return_tensors="pt"
        ).to(self.head.weight.device)
        hidden = self.bert(**features).last_hidden_state.to(self.head.weight.dtype)
        there = features["attention_mask"].unsqueeze(-1)
        return self.head((hidden * there).sum(1) / there.sum(1)).squeeze(-1)

    def probabilities(self, question: str, passages: Sequence[str]) -> list[float]:
        """Return for each passage the probability that it, of all of them, answers; what is left of 1 is "none"."""
        import torch

        with torch.inference_mode():
            return shares(self.logits([question] * len(passages), passages)).tolist()


def shares(logits):
    """Return exp(z) / (1 + sum exp(z)) over the last dimension: a softmax with a fixed 0 for "none of them"."""
    import torch

    return torch.softmax(torch.nn.functional.pad(logits, (1, 0)), -1)[..., 1:]


def cut_to(model, layers: int, name: str = "reader") -> Reader:
    """Return a reader of a SentenceTransformer's first layers, with a new head; the model is changed."""
    import torch

    bert = model[0].model
    bert.encoder.layer = bert.encoder.layer[:layers]
    bert.config.num_hidden_layers = layers
    head = torch.nn.Linear(bert.config.hidden_size, 1)
    return Reader(bert.eval(), head, model[0].tokenizer, name)


def load_reader(package: Path, encoder: Path, folder: Path, device: str | None = None) -> Reader:
    """Return the shipped reader; raises Damaged where its files are not whole or belong to another encoder."""
    import torch
    from safetensors.torch import load_file

    verify(folder)
    told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    here = sha256_of(encoder / MANIFEST)
    if told["encoder"] != here:
        raise Damaged(
            f"{folder} was trained on an encoder with the hash {told['encoder'][:12]}…, here lies {here[:12]}…. Get "
            "data/starter again, or remake it with: finetune reranker --starter"
        )
    reader = cut_to(load_starter(package, encoder, device), told["layers"], f"reader-{sha256_of(folder / MANIFEST)[:8]}")
    learned = unpacked(load_file(folder / WEIGHTS))
    with torch.no_grad():
        reader.head.load_state_dict({k: learned.pop(f"head.{k}") for k in ("weight", "bias")})
        left = reader.bert.load_state_dict(learned, strict=False)
    if left.unexpected_keys:
        raise Damaged(f"{folder} holds weights that the reader has no place for: {left.unexpected_keys[:3]}.")
    reader.head.to(reader.bert.device)
    return reader
