"""Weights in 8 bits: no value further off than half a step of its row; vectors stay in half precision."""

import torch

from assistant.int8 import packed, unpacked


def test_a_row_is_off_by_half_a_step_at_most():
    weight = torch.randn(50, 64, generator=torch.Generator().manual_seed(1)) * torch.logspace(-3, 1, 50)[:, None]
    weight[7] = 0
    saved = packed({"m": weight, "bias": torch.tensor([0.5, -1.25])})
    assert saved["m"].dtype == torch.int8 and saved["bias"].dtype == torch.float16
    back = unpacked(saved)
    assert set(back) == {"m", "bias"} and back["bias"].tolist() == [0.5, -1.25]
    step = weight.abs().amax(1, keepdim=True) / 127
    assert ((back["m"] - weight).abs() <= step / 2 + 1e-7).all() and (back["m"][7] == 0).all()
    assert torch.allclose(back["m"].abs().amax(1), weight.abs().amax(1))
