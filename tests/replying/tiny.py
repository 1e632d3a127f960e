"""A tiny response model with random weights, made anew for a test; it fits any prompt."""

from __future__ import annotations

from pathlib import Path

from assistant.replying import prompts

WORDS = " you have 7 days to send it back and we refund the price in 3 days. 七天内可以退货，退款三天到账。"


def tokenizer():
    """Return a `tokenizers.Tokenizer` of bytes and the special tokens, with a few merges."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=list(prompts.SPECIAL), show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    made.train_from_iterator([WORDS] * 3, trainer)
    return made


def model(vocabulary: int, seed: int = 0):
    import torch

    from finetune.base import new_model

    torch.manual_seed(seed)
    return new_model(
        vocabulary, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
        head_dim=16, intermediate_size=48,
    )


def folder(path: Path) -> Path:
    """Write a whole model folder and return it."""
    from assistant.manifest import seal
    from finetune.base import save_folder

    made = tokenizer()
    save_folder(model(made.get_vocab_size()), made, path)
    seal(path, "response")
    return path
