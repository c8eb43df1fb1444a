"""The methods whose change may move a choice, so that an export says by which version of each it was made.

A recipe says what to choose; a method is how. To change one so that an old recipe may choose other rows or responses:
raise its version here and say what is different; where the former way is little code, keep it, asked for by
`candidates.methods["NAME"] < VERSION` in one place, and name it in `kept`, so that old exports replay to the byte.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

Methods = Mapping[str, int]  # the version of each method of METHODS


@dataclass(frozen=True)
class Method:
    """One method: its version now, what that does otherwise than the one before, and the older ones still here."""

    version: int
    changed: str
    kept: frozenset[int] = frozenset()
    # of a method that is not kept: a recipe that says none of these words has no part in it; empty: it may move any
    concerns: tuple[str, ...] = ()


METHODS: dict[str, Method] = {
    "streams": Method(
        2,
        "each purpose draws from a stream of its own; rows, responses, matched draws and resamples shared one",
        kept=frozenset({1}),
    ),
    "rounding": Method(
        2,
        "values that agree to 12 digits of the largest term that entered them tie, weighted sums too; all were rounded "
        "to 12 decimals, sums not at all",
        kept=frozenset({1}),
    ),
    "signals": Method(
        2,
        "a metric of answers, such as ifd or tokens, is that of the answer that is exported; it was that of the one"
        " that is best on average over reward models",
        kept=frozenset({1}),
    ),
    "pairs": Method(2, "two responses that are equal but for white space are no pair", kept=frozenset({1})),
    "constraints": Method(
        2,
        "quotas are kept under constraints wherever they can be, and of a size that cannot be met the largest is found",
        concerns=("constraints",),
    ),
    "responses": Method(2, "a blank response is never chosen, exported or paired", kept=frozenset({1})),
    "resamples": Method(
        2,
        "models are drawn within families where their sizes count, draws that select nothing are left out, and a model "
        "drawn twice is not compared with itself",
        kept=frozenset({1}),
    ),
    "z_scores": Method(
        2,
        "over the responses that all reward models have rated; each had its own (ensemble, disagreement)",
        concerns=("ensemble", "disagreement"),
    ),
    "item_response": Method(
        2,
        "slopes on ability that may be negative, and intercepts; they were of a 2PL model of the scores' ranks",
        concerns=("irt_",),
    ),
}
CURRENT: Methods = MappingProxyType({name: method.version for name, method in METHODS.items()})


def methods_of(recorded: Mapping[str, int]) -> Methods:
    """The methods to make an export again by: as recorded, where that version is kept, else as they are now.

    A method of which nothing is recorded is of version 1: manifests of old name none.
    """
    versions = {name: recorded.get(name, 1) for name in METHODS}
    return MappingProxyType(
        {name: version if version in METHODS[name].kept else CURRENT[name] for name, version in versions.items()}
    )
