"""Every way to choose. To add one: write a file beside this one and name it below.

A strategy is `f(candidates, spec, **parameters) -> Choice`; its keyword-only parameters, with their types and defaults,
are what a recipe may set beside it and what the app makes a form of.
"""

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from crowdselect.candidates import Candidates
from crowdselect.errors import UserError
from crowdselect.recipe import SelectSpec
from crowdselect.recipe_yaml import no_text
from crowdselect.strategies.choice import Choice, narrowed
from crowdselect.strategies.deita import deita
from crowdselect.strategies.direct_score import direct_score
from crowdselect.strategies.facility_location import facility_location
from crowdselect.strategies.ifd import ifd, ifd_ppl
from crowdselect.strategies.instag import instag
from crowdselect.strategies.k_center import k_center
from crowdselect.strategies.length import length
from crowdselect.strategies.matched_random import matched_random
from crowdselect.strategies.mmr import mmr
from crowdselect.strategies.parameters import AN_EMBEDDING
from crowdselect.strategies.random_pick import random_pick
from crowdselect.strategies.reward import reward
from crowdselect.strategies.single_metric import difficulty, separability, stability
from crowdselect.strategies.weighted import weighted

STRATEGIES: dict[str, Callable[..., Choice]] = {
    "weighted": weighted,
    "difficulty": difficulty,
    "separability": separability,
    "stability": stability,
    "reward": reward,
    "length": length,
    "random": random_pick,
    "matched_random": matched_random,
    "ifd": ifd,
    "ifd_ppl": ifd_ppl,
    "instag": instag,
    "direct_score": direct_score,
    "deita": deita,
    "mmr": mmr,
    "k_center": k_center,
    "facility_location": facility_location,
}


def choose(candidates: Candidates, spec: SelectSpec) -> Choice:
    """What the recipe's strategy takes from the candidates; out of each larger selection that it lies in (`within`)."""
    parameters = _model(spec.strategy).model_validate(spec.parameters)
    largest, *smaller = sorted({spec.size, *(spec.within or ())}, reverse=True)
    first = spec.model_copy(update={"size": largest})
    choice = STRATEGIES[spec.strategy](candidates, first, **dict(parameters))
    for size in smaller:
        choice = narrowed(choice, candidates, spec, size)
    return choice


def parameters_of(strategy: str) -> Mapping[str, Any]:
    """The strategy's own parameters: name -> pydantic FieldInfo (annotation, default)."""
    return _model(strategy).model_fields


def compares_rows(strategy: str) -> bool:
    """Whether it compares rows by their embeddings, which takes seconds in a large pool."""
    return any(AN_EMBEDDING in field.metadata for field in parameters_of(strategy).values())


def check_parameters(strategy: str, given: Mapping[str, Any]) -> None:
    """ValueError unless `given` are parameters of the strategy, with values they can have."""
    try:
        _model(strategy).model_validate(dict(given))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        name = problem["loc"][0]
        if problem["type"] == "extra_forbidden":
            known = ", ".join(parameters_of(strategy)) or "none"
            raise ValueError(f"unknown key {name!r}; strategy {strategy!r} has these of its own: {known}") from None
        if problem["type"] == "string_type":
            raise ValueError(no_text((name,), problem["input"]).rstrip(".")) from None
        raise ValueError(f"{name}: {problem['msg']}, not {problem['input']!r:.80}") from None


@cache
def _model(strategy: str) -> type[BaseModel]:
    if strategy not in STRATEGIES:
        raise UserError(f"Unknown strategy {strategy!r}; choose one of {', '.join(STRATEGIES)}.")
    signature = inspect.signature(STRATEGIES[strategy], eval_str=True)
    fields: dict[str, Any] = {
        name: (parameter.annotation, parameter.default)
        for name, parameter in signature.parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    return create_model(strategy, __config__=ConfigDict(extra="forbid", frozen=True), **fields)
