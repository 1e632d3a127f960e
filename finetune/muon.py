"""Muon, an optimizer for weight matrices: momentum made nearly orthogonal before each step.

Source: Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024); the scale of
the step is Liu et al.'s, "Muon is scalable for LLM training" (2025). It works in float32 unless told
otherwise: bfloat16 products, which `torch.optim.Muon` uses, are many times slower on processors
without matrix units and many times faster on those that have them.
"""

from __future__ import annotations

import torch

COEFFICIENTS = (3.4445, -4.775, 2.0315)
STEPS = 5


def orthogonalised(matrices: torch.Tensor, half: bool = False) -> torch.Tensor:
    """Return (n, rows, columns) with every singular value brought near 1, by Newton-Schulz steps.

    With `half` the products are made in bfloat16.
    """
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    if half:
        x = x.to(torch.bfloat16)
    a, b, c = COEFFICIENTS
    for _ in range(STEPS):
        gram = x @ x.mT
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return (x.mT if tall else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised; decoupled weight decay; matrices of one shape go together."""

    def __init__(
        self, params, lr: float = 1e-3, momentum: float = 0.95, weight_decay: float = 0.1, half: bool = False
    ):
        """Take 2-D parameters only; `lr` is on AdamW's scale: the update's root mean square is 0.2 lr."""
        self._half = half
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})
        if any(p.ndim != 2 for group in self.param_groups for p in group["params"]):
            raise ValueError("Muon takes matrices; give vectors and embeddings to AdamW.")

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            shapes: dict[torch.Size, list[torch.Tensor]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(p.shape, []).append(p)
            for shape, params in shapes.items():
                updates = orthogonalised(torch.stack([self._momentum(p, group["momentum"]) for p in params]), self._half)
                scale = group["lr"] * 0.2 * max(shape) ** 0.5
                for p, update in zip(params, updates, strict=True):
                    p.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-scale)

    def _momentum(self, p: torch.Tensor, momentum: float) -> torch.Tensor:
        kept = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
        kept.lerp_(p.grad, 1 - momentum)
        return p.grad.lerp(kept, momentum)
