"""The bilingual starter encoder: all-MiniLM-L6-v2 with Chinese tokens added and layers retrained.

Knows how the shipped part (new rows and layers in 8 bits) and the package's frozen English rows become
one model, in memory. Making the shipped part is `finetune.encoder`'s.
"""

from __future__ import annotations

import json
from pathlib import Path

from assistant.errors import Damaged
from assistant.int8 import unpacked
from assistant.manifest import verify

VOCABULARY = "vocabulary.txt"
ROWS = "embeddings.word_embeddings.weight"
NEW_ROWS = "new_rows"


def extended_tokenizer(package: Path, added: list[str]):
    """Return the package's tokenizer (`tokenizers.Tokenizer`) with `added` as further tokens, in order.

    The first of them gets the id that follows the package's last one. Characters come first; a word of
    several is taken whole wherever it stands, the longest from the left.
    """
    from tokenizers import AddedToken, Tokenizer

    plan = json.loads((package / "tokenizer.json").read_text(encoding="utf-8"))
    plan["truncation"] = plan["padding"] = None
    known = plan["model"]["vocab"]
    known |= {token: len(known) + n for n, token in enumerate(t for t in added if len(t) == 1)}
    tokenizer = Tokenizer.from_str(json.dumps(plan))
    tokenizer.add_tokens([AddedToken(t, normalized=False) for t in added if len(t) > 1])
    return tokenizer


def assembled(package: Path, added: list[str], device: str | None = None):
    """Return a SentenceTransformer of the package's weights with room for `added`; new rows are zero."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers import PreTrainedTokenizerFast

    model = SentenceTransformer(str(package), device=device, local_files_only=True)
    old = model[0].tokenizer
    bert = model[0].model
    size = bert.config.vocab_size
    rows = torch.zeros(size + len(added), bert.config.hidden_size)
    rows[:size] = bert.embeddings.word_embeddings.weight.detach().cpu()
    bert.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(
        rows, freeze=False, padding_idx=bert.config.pad_token_id
    ).to(bert.device)
    bert.config.vocab_size = len(rows)
    model[0].processor = PreTrainedTokenizerFast(
        tokenizer_object=extended_tokenizer(package, added), model_max_length=old.model_max_length,
        unk_token="[UNK]", sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]", mask_token="[MASK]",
    )
    return model


def load_starter(package: Path, folder: Path, device: str | None = None):
    """Return the starter as a SentenceTransformer; raises Damaged where its files are not whole."""
    import torch
    from safetensors.torch import load_file

    verify(folder)
    added = (folder / VOCABULARY).read_text(encoding="utf-8").splitlines()
    learned = {}
    for shard in sorted(folder.glob("*.safetensors")):
        learned |= unpacked(load_file(shard))
    rows = learned.pop(NEW_ROWS, None)
    if rows is None or len(rows) != len(added):
        raise Damaged(
            f"{folder} holds {0 if rows is None else len(rows)} rows for {len(added)} new tokens. Get the "
            "folder again, or remake it with: finetune encoder --starter"
        )
    model = assembled(package, added, device)
    bert = model[0].model
    with torch.no_grad():
        bert.embeddings.word_embeddings.weight[-len(added) :] = rows.to(bert.device)
        left = bert.load_state_dict(learned, strict=False)
    if left.unexpected_keys:
        raise Damaged(f"{folder} holds weights that the starter has no place for: {left.unexpected_keys[:3]}.")
    return model
