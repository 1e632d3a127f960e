"""A head start for small models: weights that copy what stands in the prompt before any training.

An induction circuit (Olsson et al., "In-context Learning and Induction Heads", 2022) is laid into the
first two layers: a head that looks at the token before, and heads that look for where that token came
after the present one. Left to itself a small model needs most of an hour on a CPU to find it. The idea
of starting from weights of a trained form is Trockman and Kolter's ("Mimetic Initialization of
Self-Attention Layers", 2023).
"""

from __future__ import annotations

import torch

SHARPNESS = (2.0, 2.0)  # of the norms of queries and keys in the first and the second layer
STEADY = 1e-3  # radians a token: what turns slower still matches over a whole prompt
NEAR = ((0, 0.5), (1, 0.25), (2, 0.15), (3, 0.1))  # frequency and its share in finding a near token
WEIGHTS = (1.0, 0.6, 0.4)  # of the present token and those before it, when a place is matched


@torch.no_grad()
def lay_induction(model) -> None:
    """Lay the circuit into a new Qwen3 model in place.

    It needs attention biases, two layers, and a width of four heads or more. Everything else that writes
    into the residual stream starts at zero, so that nothing drowns it.
    """
    first, second = (layer.self_attn for layer in model.model.layers[:2])
    size, width = model.config.head_dim, model.config.hidden_size
    for layer in model.model.layers:
        layer.self_attn.o_proj.weight.zero_()
        layer.mlp.down_proj.weight.zero_()
    basis = torch.linalg.qr(torch.randn(width, width))[0].T  # rows: one orthonormal basis of the stream
    spread = 2 * model.model.embed_tokens.weight.std()
    frequencies = model.model.rotary_emb.inv_freq
    for back in range(1, len(WEIGHTS) + 1):
        _look_back(first, frequencies, basis, back, size, spread)
    _look_where_it_came(second, frequencies, basis, size, 4 * spread)
    for attention, weight in zip((first, second), SHARPNESS, strict=True):
        attention.q_norm.weight.fill_(weight)
        attention.k_norm.weight.fill_(weight)


def _look_back(attention, frequencies, basis, back: int, size: int, scale) -> None:
    """Let one head attend to the token `back` places before and write it into a place of its own.

    Its query and key are constant; turned against each other by that distance they agree best there.
    """
    half, group, head = size // 2, _group(attention), back - 1
    key, query = torch.zeros(size), torch.zeros(size)
    for f, share in NEAR:
        angle = back * frequencies[f]
        key[f] = share**0.5
        query[f], query[half + f] = share**0.5 * torch.cos(angle), -(share**0.5) * torch.sin(angle)
    rows = slice(head // group * size, (head // group + 1) * size)
    attention.k_proj.weight[rows] = 0.0
    attention.k_proj.bias[rows] = key
    attention.v_proj.weight[rows] = basis[:size]
    mine = slice(head * size, (head + 1) * size)
    attention.q_proj.weight[mine] = 0.0
    attention.q_proj.bias[mine] = query
    attention.o_proj.weight[:, mine] = basis[back * size : (back + 1) * size].T * scale


def _look_where_it_came(attention, frequencies, basis, size: int, scale) -> None:
    """Let every head attend to what followed the last tokens, and write what stands there.

    Only dimensions that turn slowly take part in the match: the others would forget it with distance.
    """
    half, group = size // 2, _group(attention)
    steady = [i for i in range(half) if frequencies[i] < STEADY]
    places = [*steady, *(half + i for i in steady)]
    parts = torch.arange(len(places)).tensor_split(len(WEIGHTS))
    for kv in range(attention.k_proj.weight.shape[0] // size):
        query, key = torch.zeros(size, basis.shape[1]), torch.zeros(size, basis.shape[1])
        for back, (part, weight) in enumerate(zip(parts, WEIGHTS, strict=True)):
            picked = (torch.arange(len(part)) + kv * len(parts[0])) % size
            spots = torch.tensor(places)[part]
            query[spots] = basis[back * size : (back + 1) * size][picked] * weight**0.5
            key[spots] = basis[(back + 1) * size : (back + 2) * size][picked] * weight**0.5
        rows = slice(kv * size, (kv + 1) * size)
        attention.k_proj.weight[rows] = key
        attention.v_proj.weight[rows] = basis[kv * size % len(basis) :][:size]
        for head in range(kv * group, (kv + 1) * group):
            mine = slice(head * size, (head + 1) * size)
            attention.q_proj.weight[mine] = query
            attention.o_proj.weight[:, mine] = attention.v_proj.weight[rows].T * scale / group


def _group(attention) -> int:
    """Return how many heads share one key and value."""
    return attention.q_proj.weight.shape[0] // attention.k_proj.weight.shape[0]
