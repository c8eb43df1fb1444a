"""Why a strategy gives a candidate no rank. A strategy that is not named here lacks one of the metrics it ranks by."""

from collections.abc import Callable

import numpy as np

from crowdselect.candidates import Candidates
from crowdselect.reasons.words import Reason
from crowdselect.recipe import SelectSpec
from crowdselect.strategies import choose, parameters_of
from crowdselect.strategies.choice import Choice
from crowdselect.strategies.embedded import in_steps, vectors_of
from crowdselect.strategies.matched_random import controlled_spec, settings
from crowdselect.strategies.ranked_by import ranked_by
from crowdselect.strategies.relevance import score_of
from crowdselect.strategies.row_lengths import lengths
from crowdselect.strategies.signals import dropped
from crowdselect.strategies.similar import DECIMALS, unit_vectors


def parameters(spec: SelectSpec) -> dict[str, object]:
    """The strategy's own parameters, those that are not given too."""
    return {name: field.default for name, field in parameters_of(spec.strategy).items()} | spec.parameters


def lacks(candidates: Candidates, spec: SelectSpec, choice: Choice, place: int) -> Reason:
    """The metrics that rank and that it has no value of."""
    missing = [name for name in ranked_by(candidates, spec) if np.isnan(candidates.metric(name)[place])]
    return Reason("lacks", {"metrics": ", ".join(missing)})


def _ifd(candidates: Candidates, spec: SelectSpec, choice: Choice, place: int) -> Reason:
    name = spec.strategy
    value = float(candidates.metric(name)[place])
    if np.isnan(value):
        return lacks(candidates, spec, choice, place)
    if dropped(candidates, name)[place]:
        return Reason("marked", {"metric": name, "value": value})
    return Reason("above" if name == "ifd" else "from", {"metric": name, "value": value})


def _instag(candidates: Candidates, spec: SelectSpec, choice: Choice, place: int) -> Reason:
    return Reason("untagged")


def _compared(candidates: Candidates, spec: SelectSpec, choice: Choice, place: int) -> Reason:
    given = parameters(spec)
    weighed = given.get("score_weight", 1) != 0
    if weighed and np.isnan(score_of(candidates, spec, str(given["score"]))[place]):
        return lacks(candidates, spec, choice, place)
    return Reason("embedding")


def _deita(candidates: Candidates, spec: SelectSpec, choice: Choice, place: int) -> Reason:
    """The most similar of the rows that come before it and did not fall themselves."""
    given = parameters(spec)
    vectors = vectors_of(candidates, str(given["embeddings"] or ""))
    values = candidates.tied(str(given["score"]))
    if np.isnan(values[place]):
        return lacks(candidates, spec, choice, place)
    if not in_steps(vectors[candidates.rows[[place]]])[1][0]:
        return Reason("embedding")
    kept = np.flatnonzero(~np.isnan(choice.priority))
    before = kept[(values[kept] > values[place]) | ((values[kept] == values[place]) & (kept < place))]
    mine = unit_vectors(vectors[candidates.rows[[place]]])[0]
    similarity = np.round(unit_vectors(vectors[candidates.rows[before]]) @ mine, DECIMALS)
    nearest = int(np.argmax(similarity))
    return Reason(
        "resembles",
        {
            "uuid": str(candidates.pool.uuids[candidates.rows[before[nearest]]]),
            "similarity": float(similarity[nearest]),
            "threshold": float(str(given["threshold"])),
        },
    )


def controlled_choice(candidates: Candidates, spec: SelectSpec) -> Choice:
    """The selection that `matched_random` is a control of."""
    like, _ = settings(spec)
    key = ("controlled", spec.model_dump_json())
    found: Choice = candidates.kept(key, lambda: choose(candidates, controlled_spec(spec, like)))
    return found


def _matched(candidates: Candidates, spec: SelectSpec, choice: Choice, place: int) -> Reason:
    _, unit = settings(spec)
    controlled = controlled_choice(candidates, spec)
    if np.isnan(controlled.priority[place]):
        return Reason("controlled")
    values = lengths(candidates, unit, "response")
    inside = values[controlled.positions]
    low, high = float(np.nanmin(inside)), float(np.nanmax(inside))
    side = "shorter" if values[place] < low else "longer"
    return Reason("length", {"length": float(values[place]), "unit": unit, "side": side, "low": low, "high": high})


UNRANKED: dict[str, Callable[[Candidates, SelectSpec, Choice, int], Reason]] = {
    "ifd": _ifd,
    "ifd_ppl": _ifd,
    "instag": _instag,
    "deita": _deita,
    "mmr": _compared,
    "k_center": _compared,
    "facility_location": _compared,
    "matched_random": _matched,
}
