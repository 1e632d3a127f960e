"""What the processor at hand does fast."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1)
def fast_half() -> bool:
    """Return whether this processor multiplies bfloat16 matrices in hardware (AMX)."""
    import torch

    supported = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(supported and supported())
