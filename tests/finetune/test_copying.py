"""The head start: a model that was never trained goes on with a text that it has seen once."""

import pytest
import torch

from finetune.base import new_model
from finetune.copying import lay_induction


def continued(model, length: int) -> float:
    """Return the share of tokens foretold in the second half of a text of random tokens said twice."""
    text = torch.randint(10, 900, (4, length))
    with torch.inference_mode():
        logits = model.eval()(torch.cat([text, text], 1)).logits[:, length:-1]
    return float((logits.argmax(-1) == text[:, 1:]).float().mean())


@pytest.mark.parametrize("length", [20, 120])
def test_what_stood_before_is_gone_on_with(length):
    torch.manual_seed(0)
    model = new_model(1000)
    assert continued(model, length) < 0.05
    lay_induction(model)
    assert continued(model, length) > 0.9


def test_nothing_else_writes_at_first():
    model = new_model(1000)
    lay_induction(model)
    quiet = [layer.mlp.down_proj for layer in model.model.layers]
    quiet += [layer.self_attn.o_proj for layer in model.model.layers[2:]]
    assert all(not module.weight.any() for module in quiet)
