"""A head start for small models: weights that copy what stands in the prompt before any training.

An induction circuit (Olsson et al., "In-context Learning and Induction Heads", 2022) is laid into the
first two layers: a head that looks at the token before, and heads that look for where that token came
after the present one. Left to itself a small model needs most of an hour on a CPU to find it. The idea
of starting from weights of a trained form is Trockman and Kolter's ("Mimetic Initialization of
Self-Attention Layers", 2023).
"""

from __future__ import annotations

import torch

SHARPNESS = (2.0, 1.6)  # of the norms of queries and keys in the first and the second layer
STEADY = 1e-3  # radians a token: what turns slower still matches over a whole prompt
NEAR = ((0, 0.5), (1, 0.25), (2, 0.15), (3, 0.1))  # frequency and its share in finding the token before


@torch.no_grad()
def lay_induction(model) -> None:
    """Lay the circuit into a new Qwen3 model with attention biases and at least two layers, in place.

    Everything else that writes into the residual stream starts at zero, so that nothing drowns it.
    """
    first, second = (layer.self_attn for layer in model.model.layers[:2])
    size, width = model.config.head_dim, model.config.hidden_size
    for layer in model.model.layers:
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()
    basis = torch.linalg.qr(torch.randn(width, width))[0].T  # rows: one orthonormal basis of the stream
    token, shifted = basis[:size], basis[size : 2 * size]
    spread = 2 * model.model.embed_tokens.weight.std()
    _look_back_one(first, _frequencies(model), token, shifted, size, spread)
    _look_where_it_came(second, _frequencies(model), basis, size, 4 * spread)
    for attention, weight in zip((first, second), SHARPNESS, strict=True):
        attention.q_norm.weight.fill_(weight)
        attention.k_norm.weight.fill_(weight)


def _frequencies(model) -> torch.Tensor:
    """Return the angle a token, in radians, by which each pair of a head's dimensions turns."""
    return model.model.rotary_emb.inv_freq


def _look_back_one(attention, frequencies, token, shifted, size: int, scale) -> None:
    """Let the heads of the first group attend to the token before and write it, shifted, beside the own one.

    Their queries and keys are constant; turned against each other by one token they agree best there.
    """
    half, group = size // 2, _group(attention)
    key, query = torch.zeros(size), torch.zeros(size)
    for f, share in NEAR:
        key[f] = share**0.5
        query[f] = share**0.5 * torch.cos(frequencies[f])
        query[half + f] = -(share**0.5) * torch.sin(frequencies[f])
    attention.k_proj.weight[:size].zero_()
    attention.k_proj.bias[:size] = key
    attention.v_proj.weight[:size] = token
    for head in range(group):
        rows = slice(head * size, (head + 1) * size)
        attention.q_proj.weight[rows].zero_()
        attention.q_proj.bias[rows] = query
        attention.o_proj.weight[:, rows] = shifted.T * scale / group


def _look_where_it_came(attention, frequencies, basis, size: int, scale) -> None:
    """Let every head attend to where the token before was the present one, and write what stands there.

    Only dimensions that turn slowly take part in the match: the others would forget it with distance.
    """
    half, group = size // 2, _group(attention)
    steady = [i for i in range(half) if frequencies[i] < STEADY]
    places = [*steady, *(half + i for i in steady)]
    for kv in range(attention.k_proj.weight.shape[0] // size):
        rows = torch.arange(kv * size, (kv + 1) * size)
        picked = [(i + kv * len(places)) % size for i in range(len(places))]
        attention.k_proj.weight[rows] = 0.0
        attention.k_proj.weight[rows[places]] = basis[size : 2 * size][picked]
        attention.v_proj.weight[rows] = basis[kv * size % len(basis) :][:size]
        for head in range(kv * group, (kv + 1) * group):
            mine = torch.arange(head * size, (head + 1) * size)
            attention.q_proj.weight[mine] = 0.0
            attention.q_proj.weight[mine[places]] = basis[:size][picked]
            attention.o_proj.weight[:, mine] = attention.v_proj.weight[rows].T * scale / group


def _group(attention) -> int:
    """Return how many heads share one key and value."""
    return attention.q_proj.weight.shape[0] // attention.k_proj.weight.shape[0]
