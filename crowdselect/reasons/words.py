"""Every reason there is, and how it is said. To add one: name it here; its numbers are what its words ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """What a table calls it, and its sentence."""

    title: str
    words: str


@dataclass(frozen=True)
class Reason:
    """One of REASONS, with the numbers and names of one row."""

    kind: str
    of: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return REASONS[self.kind].words.format_map(dict(self.of))

    @property
    def title(self) -> str:
        return REASONS[self.kind].title


_RANKS = "By {by} it ranks {rank:,} of {eligible:,}"
_IN_CLUSTER = _RANKS + " rows of cluster {cluster} that have a rank; the quota is {quota:,}"
_FILLED = "The quotas let {within:,} rows in, of {size:,}; of those left it ranks {rank:,} by {by}, and {taken:,}"

REASONS: dict[str, Kind] = {
    # left out before anything is ranked
    "scores": Kind("too few scores", "{scored:,} of {models:,} models have a score here, and {needed} are asked for."),
    "response": Kind("no response", "There is no response to export: {which}."),
    "filter": Kind("filtered out", "It does not meet the filter “{filter}”."),
    "pair": Kind("no pair", "No pair of its responses is within the limits of the preference pairs."),
    # without a rank
    "lacks": Kind("lacks a metric", "It has no value of {metrics}, by which the rows are ranked."),
    "above": Kind("dropped", "Its {metric} of {value:.12g} is above 1, and such a row is left out."),
    "from": Kind("dropped", "Its {metric} of {value:.12g} is 1 or above, and such a row is left out."),
    "marked": Kind("dropped", "Its {metric} of {value:.12g} is marked as not to be used ({metric}_dropped)."),
    "untagged": Kind("no tag", "It has no tag, and only tagged rows are taken."),
    "embedding": Kind("no embedding", "It has no embedding, and the rows are compared by them."),
    "resembles": Kind(
        "look-alike",
        "It resembles {uuid}, which comes before it: the cosine similarity of {similarity:.9g} is above {threshold:g}.",
    ),
    "length": Kind(
        "other length",
        "Its response of {length:,.0f} {unit} is {side} than every one of the selection that this is a control of"
        " ({low:,.0f} to {high:,.0f}).",
    ),
    "controlled": Kind("no rank", "The strategy that this is a control of cannot take it."),
    # by rank
    "rank": Kind("rank", _RANKS + ", and {taken:,} are taken."),
    "tie": Kind(
        "tie", "Of {many:,} rows with that same value the first {kept:,} by uuid are taken; it is number {nth:,}."
    ),
    "quota_in": Kind("rank in its cluster", _IN_CLUSTER + "."),
    "quota_full": Kind("quota full", _IN_CLUSTER + ", and is full."),
    "beyond": Kind(
        "rank",
        "Its cluster's quota lets it in, but of the {within:,} rows let in so it ranks {rank:,} by {by}, and {taken:,}"
        " are taken.",
    ),
    "no_cluster": Kind("no cluster", "It is in no cluster, and the clusters give all {size:,} rows."),
    "left_over": Kind("left over", _FILLED + " more are taken."),
    # by a draw
    "drawn": Kind("drawn", "It was drawn."),
    "not_drawn": Kind("not drawn", "It was not drawn."),
    "drawn_last": Kind(
        "drawn last", "The selection that this is a control of has it, too; no other row of its length is left."
    ),
    "drawn_first": Kind(
        "not drawn", "The selection that this is a control of has it, so every other row of its length goes first."
    ),
    # one by one
    "turn": Kind("its turn", "It was taken as number {turn:,} of {taken:,}, by {by}."),
    "no_turn": Kind("no turn", "In none of {taken:,} turns did it come first, by {by}."),
    "no_turn_open": Kind(
        "no turn", "In none of {taken:,} turns did it come first, by {by}, of the rows whose cluster had quota left."
    ),
    # by more than the strategy
    "outside": Kind("outside", "It is not in the selection of {larger:,} that this one lies within. There: {there}"),
    "core": Kind("not in the core", "It is chosen, but not in the core: less than {share:.0%} of resamples choose it."),
    "pinned": Kind("pinned", "It is pinned: in, whatever its rank."),
    "banned": Kind("banned", "It is banned: out, whatever its rank."),
    "constraint": Kind("constraints", "Without {constraint} it would be {side}."),
    "constraints": Kind("constraints", "Without the constraints it would be {side}; no single one of them decides it."),
    "free": Kind("the strategy", "Without the constraints it would be {side}, too."),
    "unconstrained": Kind("the strategy", "There: {there}"),
    # what a constraint says of a row that is out, as the selection stands
    "share_full": Kind("share", "{share} is at its maximum of {most:,} rows."),
    "over_budget": Kind("budget", "It costs {cost:,.0f} {unit}, and {left:,.0f} of {budget:,} are left."),
    "near_duplicate": Kind("near-duplicate", "It is a near-duplicate of {uuid}."),
    "no_distance": Kind("no embedding", "It has no embedding, so its distance is not known."),
    "too_near": Kind("too near", "It is {distance:.6g} from {uuid}, nearer than {least:g}."),
}
