"""The six shapes of graph that are measured; the standard library is all that it needs, as every peer imports it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    Graph: TypeAlias = dict[str, tuple[str, ...]]

SHAPES = ("chain", "fan", "layered", "diamond", "random", "ragged")
RAGGED_SLEEPS = [[0.4 if level == chain else 0.2 for level in range(4)] for chain in range(4)]


@dataclass(frozen=True)
class Shape:
    """What depends on what.

    Attributes:
        name: One of `SHAPES`.
        graph: Each step's slug and those of its dependencies, in topological order.
        runs: How often it is run in a measurement.
        sleeps: Seconds that a step sleeps; what is not there does nothing.
        critical_path: Seconds that a run takes at least.
    """

    name: str
    graph: Graph
    runs: int
    sleeps: Mapping[str, float] = field(default_factory=dict)
    critical_path: float = 0.0


def shapes(scale: float) -> list[Shape]:
    """The six shapes; the scale shrinks how much is run, the largest shape and the sleeps."""

    def runs(usual: int) -> int:
        return max(1, round(usual * scale))

    chain: Graph = {f"s{i}": (f"s{i - 1}",) if i else () for i in range(100)}
    middle = tuple(f"s{i}" for i in range(1, 101))
    fan: Graph = {"s0": (), **dict.fromkeys(middle, ("s0",)), "s101": middle}
    layers = [tuple(f"s{layer}_{i}" for i in range(10)) for layer in range(10)]
    layered = {slug: layers[n - 1] if n else () for n, layer in enumerate(layers) for slug in layer}
    diamond: Graph = {"s0": (), "s1": ("s0",), "s2": ("s0",), "s3": ("s1", "s2")}
    return [
        Shape("chain", chain, runs(30)),
        Shape("fan", fan, runs(30)),
        Shape("layered", layered, runs(30)),
        Shape("diamond", diamond, runs(1000)),
        Shape("random", random_graph(runs(10_000)), 1),
        _ragged(scale),
    ]


def random_graph(steps: int) -> Graph:
    """So many steps, each but the first with 1 to 3 dependencies among the 200 before it."""
    chance = random.Random(1)  # noqa: S311  the same graph every time
    graph: Graph = {}
    for i in range(steps):
        before = range(max(0, i - 200), i)
        chosen = chance.sample(before, min(chance.randint(1, 3), len(before)))
        graph[f"s{i}"] = tuple(f"s{j}" for j in chosen)
    return graph


def _ragged(unit: float) -> Shape:
    """Four chains of four sleeps and a join.

    Each chain sleeps for a second, the longest sleeps of the levels add up to 1.6 seconds: whoever runs level by
    level takes that long.
    """
    graph: Graph = {}
    sleeps: dict[str, float] = {}
    for chain, levels in enumerate(RAGGED_SLEEPS):
        for level, seconds in enumerate(levels):
            graph[f"s{chain}_{level}"] = (f"s{chain}_{level - 1}",) if level else ()
            sleeps[f"s{chain}_{level}"] = seconds * unit
    graph["join"] = tuple(f"s{chain}_3" for chain in range(4))
    return Shape("ragged", graph, 1, sleeps, critical_path=unit)
