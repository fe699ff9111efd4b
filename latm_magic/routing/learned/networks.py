"""The four networks: from padded ids to one score (logit) a tool.

- `linear`: a weight for each tool and each token or pair (softmax regression).
- `gru`: a recurrent network over the tokens, averaged, then a linear layer (Cho et al. 2014).
- `transformer`: a layer of self-attention over the tokens, averaged, then a linear layer (Vaswani et al. 2017).
- `embedding`: questions and tools as vectors of one space. A question attends to the tools by their cosine, scaled, and
  the softmax; most attention goes to the nearest neighbour. A tool's vector is the mean of its questions' (as in
  prototypical networks, Snell et al. 2017), so a new tool joins without training.

Built of torch's own parts, without classes of ours: a network is a `ModuleDict`, and functions run it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from latm_magic.routing.learned.reading import BUCKETS, HEAD, TAIL, bag_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal["linear", "gru", "transformer", "embedding"]
KINDS: tuple[Kind, ...] = ("linear", "gru", "transformer", "embedding")

SIZE = 64
"""Numbers of a vector."""
_SCALE = 20.0
"""By how much a cosine is multiplied: what a softmax needs to come near 0 and 1."""
_LENGTH = 1 + HEAD + TAIL


def build(kind: Kind, tools: int) -> Any:
    """Return a network that knows nothing yet, for so many tools (a `torch.nn.ModuleDict`)."""
    from torch import nn

    if kind == "linear":
        weights = nn.EmbeddingBag(BUCKETS, tools, mode="mean", padding_idx=0)
        nn.init.zeros_(weights.weight)  # a token that no question had speaks for no tool
        return nn.ModuleDict({"weights": weights})
    if kind == "embedding":
        bag = nn.EmbeddingBag(BUCKETS, SIZE, mode="mean", padding_idx=0)
        nn.init.normal_(bag.weight, std=0.05)
        return nn.ModuleDict({"bag": bag, "tools": nn.Embedding(tools, SIZE)})
    parts = {"tokens": nn.Embedding(BUCKETS, SIZE, padding_idx=0), "out": nn.Linear(SIZE, tools)}
    if kind == "gru":
        return nn.ModuleDict({**parts, "gru": nn.GRU(SIZE, SIZE, batch_first=True)})
    layer = nn.TransformerEncoderLayer(SIZE, 4, 2 * SIZE, dropout=0.1, batch_first=True, norm_first=True)
    encoder = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
    return nn.ModuleDict({**parts, "places": nn.Embedding(_LENGTH, SIZE), "encoder": encoder})


def padded(kind: Kind, sequences: Sequence[Sequence[int]]) -> Any:
    """Return questions as one tensor of ids: a row for each, filled up with 0."""
    import torch

    rows = [bag_of(sequence) for sequence in sequences] if kind in {"linear", "embedding"} else sequences
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])


def scores(kind: Kind, network: Any, ids: Any) -> Any:
    """Return one score a tool for each row of ids: a tensor of questions by tools."""
    if kind == "linear":
        return network["weights"](ids)
    if kind == "embedding":
        from torch.nn.functional import normalize

        return _SCALE * vectors(network, ids) @ normalize(network["tools"].weight, dim=1).T
    return network["out"](_averaged(kind, network, ids))


def vectors(network: Any, ids: Any) -> Any:
    """Return the questions' vectors in the embedding space, each of length 1."""
    from torch.nn.functional import normalize

    return normalize(network["bag"](ids), dim=1)


def _averaged(kind: Kind, network: Any, ids: Any) -> Any:
    import torch

    filled = ids == 0
    states = network["tokens"](ids)
    if kind == "gru":
        states, _ = network["gru"](states)
    else:
        states = states + network["places"](torch.arange(ids.shape[1]))
        states = network["encoder"](states, src_key_padding_mask=filled)
    kept = (~filled).unsqueeze(2)
    return (states * kept).sum(1) / kept.sum(1)
