"""Where the workers of the Ray engine are hired, by what the nodes of a cluster have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """Where a worker is hired."""

    node: str
    gpu: bool
    threads: int


def places_of(nodes: Sequence[Mapping[str, Any]], gpu: bool) -> list[Place]:
    """Where workers are hired, of a cluster's nodes as `ray.nodes()` lists them.

    One for each GPU where `gpu` asks for it and there are any, each with its share of its node's CPUs; else one for
    each node, with all of them. A node that is dead, or has less than one CPU, gets none.
    """
    places = []
    for node in nodes:
        has = node["Resources"]
        if node["Alive"] and has.get("CPU", 0) >= 1:
            gpus = int(has.get("GPU", 0)) if gpu else 0
            threads = max(int(has["CPU"]) // max(gpus, 1), 1)
            places += [Place(node["NodeID"], gpus > 0, threads)] * max(gpus, 1)
    with_gpu = [place for place in places if place.gpu]
    return with_gpu or places
