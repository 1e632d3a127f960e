"""A two-layer BERT with a WordPiece vocabulary, made anew for a test, and a home that it can learn from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from assistant.records import Faq
from assistant.settings import Encoder, Settings
from assistant.store import Store
from tests.finetune.learning import talk

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = ["parcel", "refund", "invoice", "repair", "battery", "charger", "screen", "coupon", "voucher", "address", "courier", "receipt", "warranty", "colour", "size", "delivery", "password", "account", "login", "order", "return", "cancel", "change", "gift", "card", "points", "member", "stock", "shop", "opening"]
FRAMES = (
    "where is my {}", "question about the {}", "tell me of {} please", "{} not working today", "how do i get a {}",
    "the {} again", "lost {} help", "new {} wanted", "is the {} free", "{} when",
)
# No frame shares a word with the name of its FAQ: only learning brings them together.
SECRET = {word: f"topic{n} entry{n}" for n, word in enumerate(WORDS)}


def folder(path: Path, *, layers: int = 2, seed: int = 0, pooling: str = "mean") -> Path:
    """Write an encoder with random weights as a sentence-transformers folder and return it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = sorted({w for f in FRAMES for w in f.replace("{}", "").split()} | set(WORDS) | set("退款发票".strip()))
    words += [f"{kind}{n}" for n in range(len(WORDS)) for kind in ("topic", "entry")]
    vocabulary = {w: n for n, w in enumerate((*SPECIAL, *words))}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True))
    inner = path.with_name(path.name + "-bert")
    PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=64, **names).save_pretrained(inner)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=layers, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(inner)
    bert = Transformer(str(inner))
    SentenceTransformer(modules=[bert, Pooling(32, pooling_mode=pooling)], device="cpu").save(
        str(path), create_model_card=False
    )
    return path


def settings_with(encoder: Path, home: Path) -> Settings:
    return Settings(home=home, encoder=Encoder(model=str(encoder)))


def digest(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:6], 16)


def faqs() -> list[Faq]:
    """Return a FAQ for each word: its own question shares no word with its further phrasings."""
    return [
        Faq(f"{w}-en", SECRET[w], f"The answer of {n}.", "en", w, tuple(f.format(w) for f in FRAMES))
        for n, w in enumerate(WORDS)
    ]


def fill_home(store: Store, embedder, past: int = 60) -> None:
    """Import the FAQs, and conversations in which a person answered from one of them."""
    from ingest.pipeline import import_faqs

    import_faqs(store, faqs(), embedder)
    for n in range(past):
        word = WORDS[n % len(WORDS)]
        text = f"{FRAMES[n % 7].format(word)} order {FRAMES[(n + 3) % 10].format(word)}"
        talk(store, f"c{n}", ("customer", text), ("agent", f"We answer {n}.", (), (f"{word}-en",)))
