"""Where the map's arrays are served, relative to the app's own address: each is asked once, for builds never change."""

from urllib.parse import quote, urlencode

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams

from crowdselect.concordance_spec import ConcordanceSpec
from crowdselect.errors import UserError
from crowdselect.mapping.colouring import ColourBy
from crowdselect.recipe import ResponseSpec, Seed


def points_address(build_id: str, projection: str) -> str:
    return f"map/{build_id}/points/{quote(projection, safe='')}"


def colour_address(build_id: str, colour: ColourBy) -> str:
    """The whole question stands in the address, so equal addresses have equal answers."""
    asked = {
        "by": colour.by,
        "name": colour.name,
        "reward_model": colour.reward_model or "",
        "ties": "" if colour.ties == "average" else colour.ties,
        **{name: f"{value!r}" for name, value in colour.concordance.model_dump(exclude_defaults=True).items()},
        "response": "" if colour.response == ResponseSpec() else colour.response.model_dump_json(exclude_none=True),
        "seed": str(colour.seed or ""),
    }
    return f"map/{build_id}/colour?{urlencode({key: value for key, value in asked.items() if value})}"


def row_address(build_id: str) -> str:
    """To be followed by a row's number."""
    return f"map/{build_id}/row/"


def asked_colour(query: QueryParams) -> ColourBy:
    """The inverse of `colour_address`. UserError for parts that say nothing."""
    parts = {name: query[name] for name in ConcordanceSpec.model_fields if name in query}
    try:
        concordance = ConcordanceSpec.model_validate(parts)
    except ValidationError:
        raise UserError(f"Concordance takes numbers from 0 on, not {parts}.") from None
    try:
        response = ResponseSpec.model_validate_json(query.get("response") or "{}")
        seed = TypeAdapter(Seed).validate_strings(query.get("seed") or "0")
    except ValidationError:
        raise UserError("The responses in this address are chosen by no rule and seed that there are.") from None
    return ColourBy(
        query.get("by", ""),
        query.get("name", ""),
        query.get("reward_model") or None,
        "original" if query.get("ties") == "original" else "average",
        concordance,
        response,
        seed,
    )
