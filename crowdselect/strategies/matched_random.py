"""Matched random: a random control whose responses are as long as those of the selection that it stands against.

Longer responses alone raise judged quality (Zhao et al. 2024, "Long is more for alignment"); what a selection gains
over this control, it does not gain by length.
"""

import shlex
from typing import Any, Literal

import numpy as np
import yaml

from crowdselect.bounds import refuse_huge
from crowdselect.candidates import Candidates
from crowdselect.constraints.groups import Groups
from crowdselect.errors import UserError
from crowdselect.quotas import QUOTAS
from crowdselect.recipe import SelectSpec
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.row_lengths import lengths
from crowdselect.streams import MATCHED, stream

Unit = Literal["words", "tokens"]
NAME = "matched_random"
STRATA = 20  # stretches of length, each with a twentieth of the selection


class Strata(Groups):
    """Stretches of length, each with as many rows as the controlled selection has there."""

    def bounds(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        counts = QUOTAS["proportional"](size, np.round(self.most).astype(np.int64))
        return counts, counts


def matched_random(candidates: Candidates, spec: SelectSpec, *, like: str = "weighted", unit: Unit = "words") -> Choice:
    """A draw by the recipe's seed that has the response lengths of the selection by the strategy `like`: twenty
    stretches of length hold exactly as many rows. `like` may name that strategy's parameters (`deita threshold=0.8`);
    it goes by the recipe's size, weights and clusters. Its own rows are drawn only where a stretch has no others."""
    from crowdselect.strategies import choose

    controlled = choose(candidates, controlled_spec(spec, like))
    choice, strata = drawn_like(candidates, spec, controlled, unit)
    wanted, _ = strata.bounds(min(spec.size, len(controlled.positions)))
    order = np.lexsort((np.arange(len(candidates)), -choice.priority, strata.codes))
    order = order[np.searchsorted(strata.codes[order], 0) :]
    starts = np.searchsorted(strata.codes[order], np.arange(len(wanted)))
    picked = [order[start : start + count] for start, count in zip(starts, wanted, strict=True)]
    positions = np.concatenate(picked) if picked else order[:0]
    ranked = positions[np.lexsort((positions, -choice.priority[positions]))]
    return Choice(ranked, choice.priority, None)


def controlled_spec(spec: SelectSpec, like: str) -> SelectSpec:
    """What to select by, to know the lengths: the strategy that `like` names, at the same size, seed and clusters."""
    strategy, parameters = _read(like)
    document = spec.model_dump(include={"size", "weights", "normalize", "clusters", "seed"}) | parameters
    try:
        return SelectSpec.model_validate({**document, "strategy": strategy})
    except ValueError as error:
        raise UserError(f"matched_random.like: {' '.join(str(error).split())[:300]}") from None


def settings(spec: SelectSpec) -> tuple[str, Unit]:
    """The strategy's own parameters: like, unit."""
    return str(spec.parameters.get("like", "weighted")), spec.parameters.get("unit", "words")


def like_of(spec: SelectSpec) -> str:
    """The strategy of a recipe as `like` names it; that of a control is what it is a control of."""
    if spec.strategy == NAME:
        return settings(spec)[0]
    words = [f"{name}={shlex.quote(str(value))}" for name, value in sorted(spec.parameters.items()) if value != ""]
    return " ".join([spec.strategy, *words])


def drawn_like(candidates: Candidates, spec: SelectSpec, controlled: Choice, unit: Unit) -> tuple[Choice, Strata]:
    """The draws as a priority, NaN for a row of no stratum, last those of the controlled rows; and the strata.

    Only rows that the controlled strategy could have taken are drawn. Rows of unknown length are a stratum, too.
    """
    values = lengths(candidates, unit, "response")
    inside = values[controlled.positions]
    inside = inside[~np.isnan(inside)]
    edges = np.unique(np.quantile(inside, np.linspace(0, 1, STRATA + 1), method="lower")) if len(inside) else inside
    codes = np.searchsorted(edges, values, side="right") - 1  # -1 below the shortest
    codes[np.isnan(values)] = len(edges)
    longer = values > edges[-1] if len(edges) else np.zeros(len(values), dtype=bool)
    codes[longer | np.isnan(controlled.priority)] = -1
    mine = codes[controlled.positions]
    counts = np.bincount(mine[mine >= 0], minlength=len(edges) + 1).astype(np.float64)
    draws = stream(MATCHED, spec.seed, candidates.methods).random(len(candidates.pool))[candidates.rows]
    draws[controlled.positions] -= 1.0
    draws[codes < 0] = np.nan
    strata = Strata(codes, [*(f"{low:g}" for low in edges), "unknown"], counts, counts)
    return Choice(controlled.positions[:0], draws, None), strata


def _read(like: str) -> tuple[str, dict[str, Any]]:
    """`deita threshold=0.8` -> deita, {threshold: 0.8}."""
    try:
        strategy, *words = shlex.split(like)
        parts = {key: yaml.safe_load(value) for key, value in (word.split("=", 1) for word in words)}
        refuse_huge(parts)
    except (ValueError, yaml.YAMLError):
        said = "is STRATEGY KEY=VALUE ..., such as `deita threshold=0.8`"
        raise UserError(f"matched_random.like {said}, not {like!r:.80}.") from None
    if strategy == NAME:
        raise UserError("matched_random.like names the strategy to be controlled, not matched_random itself.")
    return strategy, parts
