"""Weights in 8 bits: each row of a matrix by its own scale; everything else in half precision. Pure."""

from __future__ import annotations

from collections.abc import Mapping

SCALE = ".scale"


def packed(weights: Mapping[str, object]) -> dict:
    """Return tensors to save: of a matrix (n, m) int8 rows and, under its name and `.scale`, n scales.

    A row is rounded to 127 steps either side of zero; its largest value stays as it is.
    """
    import torch

    out = {}
    for name, weight in weights.items():
        weight = weight.detach().cpu().float()
        if weight.ndim != 2:
            out[name] = weight.half().contiguous()
            continue
        scale = (weight.abs().amax(1) / 127).clamp(min=1e-8)
        out[name] = (weight / scale[:, None]).round().to(torch.int8).contiguous()
        out[name + SCALE] = scale
    return out


def unpacked(saved: Mapping[str, object]) -> dict:
    """Return the weights in float32, of what `packed` returned."""
    return {
        name: tensor.float() * saved[name + SCALE][:, None] if name + SCALE in saved else tensor.float()
        for name, tensor in saved.items() if not name.endswith(SCALE)
    }
