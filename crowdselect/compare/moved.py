"""Which rows came in and which went out against the first selection, and what moved each of them.

Where both selections are `weighted` the answer is exact. A row is taken when its score reaches the bar, the score of
the last row taken (of its cluster, where the selection goes by clusters). With z a normalised metric, w its weight and
z' its distance from the mean over the rows that either selection took, what the row gained on the bar from the first
selection (1) to the other (2) is

    (score2 - bar2) - (score1 - bar1) = sum over metrics of (w2 z2' - w1 z1') - (height2 - height1)

where height is the bar above the mean score of those rows. Each metric's part splits without a rest into what its
weight did, (w2 - w1) (z1' + z2') / 2, and what its value did, (z2' - z1') (w1 + w2) / 2. The reason is the metric
whose part pushed the row most the way it went; where none did, the bar.

Elsewhere, and under constraints, in a core or in a series, where no bar decides, a part is the row's percentile in a
metric that one of the two ranks by, minus the mean of the selection that lacks it. The reason is why the row is out of
that one, as `crowdselect.reasons` finds it (a draw, a constraint, a metric that is missing, …); where its rank decides,
the metric that it ranks by whose part, times its weight, is the lowest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crowdselect.compare.ranks_by import ranks_by
from crowdselect.compare.sides import SideBySide
from crowdselect.listing import ranking
from crowdselect.reasons.why import Why
from crowdselect.reasons.words import REASONS
from crowdselect.selection import Selection

BAR = "bar"  # the score of the last row taken: another size, other clusters or other rows set it elsewhere
ELIGIBLE = "eligible"  # one of the two could not have chosen it at all
BY_RANK = ("rank", "quota_full", "beyond", "left_over")  # kinds of reasons that are ranks
SAID = {BAR: "the bar", ELIGIBLE: "not eligible in one"}


@dataclass(frozen=True)
class Moved:
    """Every array has one entry a moved row: those that came in, best first, then those that went out, best first."""

    rows: np.ndarray  # (k,) of the pool
    came_in: np.ndarray  # (k,) bool: in the other one, not in the first
    rank_first: np.ndarray  # (k,) int, 1 for the first selection's best priority; 0 where it has none
    rank_other: np.ndarray  # (k,) the same under the other one
    reasons: list[str]  # a metric's name; or BAR, ELIGIBLE where exact, else one of crowdselect.reasons.words.REASONS
    amount: np.ndarray  # (k,) the reason's part; NaN where it has none
    exact: bool  # parts are gains in score that add up; else percentage points of percentiles
    metrics: list[str]
    parts: np.ndarray  # (k, metrics), NaN where it has none
    weight_parts: np.ndarray  # (k, metrics) what the weight's change did of it; NaN unless exact
    bar: np.ndarray  # (k,) what the bar's change did; NaN unless exact

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def gained(self) -> np.ndarray:
        """(k,) what the row gained on the bar, the sum of its parts; NaN unless exact."""
        return self.parts.sum(axis=1) + self.bar


def moved(sides: SideBySide, place: int) -> Moved:
    """The selection at `place` against the first."""
    first, other = sides.entries[0].selection, sides.entries[place].selection
    came, went = _missing_from(other.rows, first.rows), _missing_from(first.rows, other.rows)
    rows = np.concatenate([came, went])
    came_in = np.arange(len(rows)) < len(came)
    ranks = [ranking(each).rank[rows] for each in (first, other)]
    metrics = sorted({*ranks_by(first), *ranks_by(other)})
    exact = bool(metrics) and all(_by_the_bar(each) for each in (first, other))
    nothing = np.full((len(rows), len(metrics)), np.nan)
    if exact:
        parts, weight_parts, bar = _gains(first, other, rows, metrics)
        reasons, amount = _reasons(parts, bar, came_in, metrics)
        for nth in np.flatnonzero((ranks[0] == 0) | (ranks[1] == 0)):
            reasons[nth], amount[nth] = ELIGIBLE, np.nan
    else:
        parts, weight_parts, bar = _distances(sides, place, rows, came_in, metrics), nothing, nothing.sum(axis=1)
        reasons, amount = _lacking(first, other, rows, came_in, metrics, parts)
    return Moved(rows, came_in, ranks[0], ranks[1], reasons, amount, exact, metrics, parts, weight_parts, bar)


def reason_title(found: Moved, reason: str) -> str | None:
    """What a reason is called; None where it is a metric."""
    if found.exact:
        return SAID.get(reason)
    return REASONS[reason].title if reason in REASONS else None


def counts(found: Moved) -> list[tuple[str, int, int]]:
    """(reason, rows that came in, rows that went out) for it, most rows first."""
    reasons = np.array(found.reasons, dtype=object)
    table = [
        (name, int(((reasons == name) & found.came_in).sum()), int(((reasons == name) & ~found.came_in).sum()))
        for name in sorted(set(found.reasons))
    ]
    return sorted(table, key=lambda each: (-each[1] - each[2], each[0]))


def _missing_from(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    return rows[~np.isin(rows, others)]


def _gains(
    first: Selection, other: Selection, rows: np.ndarray, metrics: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Parts, the weights' share of them, and the bar's, as the docstring of this file defines them."""
    taken = np.union1d(first.rows, other.rows)
    (weights1, z1, height1), (weights2, z2, height2) = (_margin(each, rows, taken, metrics) for each in (first, other))
    parts = weights2 * z2 - weights1 * z1
    return parts, (weights2 - weights1) * (z1 + z2) / 2, height1 - height2


def _margin(
    selection: Selection, rows: np.ndarray, taken: np.ndarray, metrics: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights (metrics,), normalised values about the mean of `taken` (rows, metrics), the bar above their mean score
    (rows,)."""
    candidates, spec = selection.candidates, selection.recipe.select
    weights = np.array([spec.weights.get(name, 0.0) for name in metrics])
    places, there = _positions(selection, rows)
    known = np.isin(candidates.rows, taken)
    z = np.full((len(rows), len(metrics)), np.nan)
    mean = 0.0
    for column, name in enumerate(metrics):
        values = candidates.normalized(name, spec.normalize)
        middle = _mean(values[known])
        z[there, column] = values[places[there]] - middle
        mean += float(weights[column]) * middle if weights[column] else 0.0
    # a metric that does not count says nothing, also where the row has no value in it
    z = np.where((weights == 0) & np.isnan(z), 0.0, z)
    return weights, z, _bars(selection, places, there) - mean


def _bars(selection: Selection, places: np.ndarray, there: np.ndarray) -> np.ndarray:
    """(rows,) the score of the last row taken, of the row's cluster where the selection goes by clusters."""
    bars = np.full(len(places), selection.cutoff)
    spread, score = selection.recipe.select.clusters, selection.choice.score
    if spread is None or score is None:
        return bars
    codes = selection.candidates.cluster_codes(spread.name)
    taken = codes[selection.positions]
    lowest = {int(code): float(score[selection.positions[taken == code]].min()) for code in np.unique(taken)}
    bars[there] = [lowest.get(int(code), selection.cutoff) for code in codes[places[there]]]
    return bars


def _positions(selection: Selection, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each pool row stands among the candidates, and whether it does."""
    known = selection.candidates.rows
    if not len(known):
        return np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)
    places = np.searchsorted(known, rows).clip(max=len(known) - 1)
    return places, known[places] == rows


def _distances(
    sides: SideBySide, place: int, rows: np.ndarray, came_in: np.ndarray, metrics: Sequence[str]
) -> np.ndarray:
    """(rows, metrics): its percentile minus the mean percentile of the selection that lacks it, on the yardstick."""
    found = np.full((len(rows), len(metrics)), np.nan)
    yardstick = sides.yardstick
    for column, metric in enumerate(metrics):
        percentiles = np.full(len(yardstick.pool), np.nan)
        percentiles[yardstick.rows] = 100 * yardstick.normalized(metric, "rank")
        lacks = [_mean(percentiles[sides.rows[each]]) for each in (0, place)]
        found[:, column] = percentiles[rows] - np.where(came_in, lacks[0], lacks[1])
    return found


def _lacking(
    first: Selection, other: Selection, rows: np.ndarray, came_in: np.ndarray, metrics: Sequence[str], parts: np.ndarray
) -> tuple[list[str], np.ndarray]:
    """Why each row is out of the selection that lacks it, and the part of the metric where it is one."""
    whys = Why(other), Why(first)
    weights = _signs(other, metrics), _signs(first, metrics)
    reasons, amount = [], np.full(len(rows), np.nan)
    for nth, (row, came) in enumerate(zip(rows.tolist(), came_in.tolist(), strict=True)):
        kind, pull = whys[came].kind(row), weights[came] * parts[nth]
        if kind in BY_RANK and not np.isnan(pull).all():
            lowest = int(np.nanargmin(pull))
            kind, amount[nth] = metrics[lowest], parts[nth, lowest]
        reasons.append(kind)
    return reasons, amount


def _signs(selection: Selection, metrics: Sequence[str]) -> np.ndarray:
    """(metrics,) how much each counts for the selection, NaN where it does not."""
    spec, mine = selection.recipe.select, ranks_by(selection)
    sign = -1.0 if spec.parameters.get("direction") == "bottom" else 1.0
    weights = spec.weights if spec.strategy == "weighted" else dict.fromkeys(mine, sign)
    return np.array([weights[name] if name in mine else np.nan for name in metrics])


def _by_the_bar(selection: Selection) -> bool:
    """Whether a row is in exactly when its weighted score reaches the bar."""
    recipe = selection.recipe
    return recipe.select.strategy == "weighted" and not (recipe.constraints or recipe.core or recipe.select.within)


def _reasons(
    parts: np.ndarray, bar: np.ndarray, came_in: np.ndarray, metrics: Sequence[str]
) -> tuple[list[str], np.ndarray]:
    """The part that pushed the row most the way it went, or the bar."""
    if not len(parts):
        return [], bar
    push = np.where(came_in[:, None], parts, -parts)
    largest = np.where(np.isnan(push), -np.inf, push).argmax(axis=1)
    every = np.arange(len(parts))
    by_bar = ~(push[every, largest] > 0)
    reasons = [BAR if alone else metrics[each] for each, alone in zip(largest, by_bar, strict=True)]
    return reasons, np.where(by_bar, bar, parts[every, largest])


def _mean(values: np.ndarray) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")
