"""The local generator on a tiny model: what greedy decoding gives, streamed, stopped, guarded."""

import contextlib
import threading

import pytest

from assistant.errors import Damaged, KefuError, MissingPart
from assistant.records import Prompt
from assistant.replying import prompts
from assistant.replying.generators.local import CopyGuard, LocalGenerator, NumberGuard, loops
from tests.replying import tiny

PROMPT = Prompt("how long?", ("You have 7 days.", "Refunds take 15 days."), (), "en")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.folder(tmp_path_factory.mktemp("response"))


class Scripted:
    """A stand-in for a model whose next token depends on the length so far alone."""

    class generation_config:
        eos_token_id = 1

    def __init__(self, tokens, vocabulary):
        self.tokens, self.vocabulary = tokens, vocabulary

    def eval(self):
        return self

    def __call__(self, input_ids, past_key_values=None, use_cache=True, logits_to_keep=1):
        import torch

        place = past_key_values or 0
        scores = torch.zeros(1, 1, self.vocabulary)
        scores[0, 0, self.tokens[min(place, len(self.tokens) - 1)]] = 5.0
        return type("Out", (), {"logits": scores, "past_key_values": place + 1})


def scripted(text: str, **options) -> LocalGenerator:
    from finetune.base import as_transformers

    made = tiny.tokenizer()
    tokens = [*made.encode(text, add_special_tokens=False).ids, 1]
    return LocalGenerator.of(Scripted(tokens, made.get_vocab_size()), as_transformers(made), **options)


def test_the_pieces_are_the_reply_and_half_characters_wait():
    text = "七天内可以退货，谢谢"
    pieces = list(scripted(text).generate(PROMPT))
    assert "".join(pieces) == text
    assert not any("\ufffd" in p for p in pieces)
    assert len(pieces) > 3


def test_the_leading_blank_of_the_prompt_form_is_not_shown():
    seen = []
    assert "".join(scripted(" You have it.").generate(PROMPT, seen.append)) == "You have it."
    assert "".join(seen) == "You have it."


def test_special_tokens_are_never_shown():
    assert "".join(scripted(" It is<|none|> so.").generate(PROMPT)) == "It is so."
    assert "".join(scripted("<|none|>").generate(PROMPT)) == ""


def test_numbers_of_the_prompt_alone_can_be_written():
    assert "".join(scripted(" in 7 days").generate(PROMPT)) == "in 7 days"
    assert "9" not in "".join(scripted(" in 9 days").generate(PROMPT))
    assert "15" in "".join(scripted(" in 19 days").generate(PROMPT))


def test_a_loop_ends():
    written = "".join(scripted(" and so on" * 40).generate(PROMPT))
    assert 2 <= written.count("so on") <= 3
    assert loops([5, 6, 5, 6, 5, 6]) and not loops([5, 6, 5, 6, 5, 7])
    assert not loops([1, 2, 3, 4, 5])


def test_a_reply_past_the_limit_is_an_error_after_its_beginning():
    pieces = []
    with pytest.raises(KefuError, match="grew past 5 tokens"):
        for piece in scripted("QXZVKJWYBF", max_new_tokens=5).generate(PROMPT):
            pieces.append(piece)
    assert "".join(pieces) == "QXZVK"


def test_stop_is_asked_before_every_token():
    seen = []
    "".join(scripted("abcdefghij").generate(PROMPT, seen.append, lambda: len(seen) >= 3))
    assert len(seen) == 3


def test_the_lock_is_free_again_when_a_reader_leaves():
    generator = scripted("abcdefghij")
    stream = generator.generate(PROMPT)
    next(stream)
    stream.close()
    done = threading.Event()
    threading.Thread(target=lambda: (list(generator.generate(PROMPT)), done.set()), daemon=True).start()
    assert done.wait(5)


def test_with_the_cache_the_same_tokens_come_as_without(folder):
    import torch

    generator = LocalGenerator(folder, max_new_tokens=12)
    ids = generator._prompt_ids(PROMPT)
    pieces = []
    with contextlib.suppress(KefuError):  # a random model may well not come to an end
        for piece in generator.generate(PROMPT):
            pieces.append(piece)
    whole, guard, written = list(ids), NumberGuard(PROMPT, generator._digits), []
    for _ in range(12):
        with torch.no_grad():
            scores = generator._model(input_ids=torch.tensor([whole])).logits[0, -1].clone()
        guard.apply(scores)
        token = int(scores.argmax())
        if token in generator._ends or loops([*written, token]):
            break
        guard.advance(token)
        whole.append(token)
        written.append(token)
    assert generator.tokens == len(written) > 3
    text = generator._tokenizer.decode(written, skip_special_tokens=True).lstrip()
    assert text.startswith("".join(pieces)) and len(text) - len("".join(pieces)) < 4


def test_a_folder_that_is_missing_or_broken_says_what_to_do(folder, tmp_path):
    with pytest.raises(MissingPart, match="finetune response --starter"):
        LocalGenerator(tmp_path)
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Damaged, match="can't be loaded"):
        LocalGenerator(tmp_path)


def test_a_foreign_model_without_a_chat_template_is_named():
    generator = scripted("x", name="some-model")
    generator._own_form = False
    with pytest.raises(KefuError, match="'some-model' has neither"):
        list(generator.generate(PROMPT))


def test_a_foreign_model_gets_its_chat_template():
    generator = scripted(" ok")
    generator._own_form, generator._digits = False, {}
    generator._tokenizer.chat_template = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    text = generator._tokenizer.decode(generator._prompt_ids(PROMPT))
    assert text.startswith("[system]You answer customers") and text.endswith("[user]how long?")
    assert prompts.REPLY not in text


def copied(passage: str, written: str, best: str, also: str = "") -> str:
    """Return what is written after `written` where a model wants `best`, then `also`; characters are tokens."""
    import torch

    guard = CopyGuard([[ord(c) for c in passage]], chr)
    for c in written:
        guard.advance(ord(c))
    scores = torch.zeros(256)
    scores[ord(best)] = 5.0
    if also:
        scores[ord(also)] = 4.0
    guard.apply(scores)
    return chr(int(scores.argmax()))


TWICE = "45 min before domestic, 60 min before foreign flights. Ask us."


def test_a_copied_stretch_goes_on_where_it_began():
    assert copied(TWICE, "45 min before ", best="f") == "d"
    assert copied(TWICE, "60 min before ", best="d") == "f"
    assert copied(TWICE, "before ", best="f") == "f"  # both are as long a match


def test_words_of_its_own_a_new_sentence_and_an_end_are_left_to_the_model():
    assert copied(TWICE, "45 min before ", best="z") == "z"
    assert copied(TWICE, "60 min before foreign flights.", best="6") == "6"
    assert copied(TWICE, "xx ", best="f") == "f"
    assert copied("abcdef", "abcdef", best="a") == "a"
