"""What the map fetches: points, colours, and one row's first words. Each answer belongs to one build for ever."""

import functools
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from crowdselect.bounds import whole_number
from crowdselect.errors import UserError
from crowdselect.mapping.wire import encode_bytes, encode_points, message
from crowdselect.pool import Pool
from crowdselect.store import Build
from crowdselect.store.texts import instructions
from pages._ui.map.addresses import asked_colour
from pages._ui.map.colours import legend_of, scale_of
from pages._ui.routes import FOR_EVER
from pages._ui.text import one_line
from pages._ui.workspace import current

SHOWN = 200  # characters of an id or an instruction
# Floats in no order hardly shrink: compressing them would cost the server a third of a second a million points.
BINARY = {**FOR_EVER, "Content-Type": "application/octet-stream", "Content-Encoding": "identity"}
Answer = Callable[[Request, Build, Pool], Response]


def over_build(answer: Answer) -> Callable[[Request], Response]:
    """The endpoint that answers for the build in the address while it is the current one, else says why not."""

    @functools.wraps(answer)
    def endpoint(request: Request) -> Response:
        try:
            opened = current()
            if opened is None or request.path_params["build"] != opened[0].id:
                return PlainTextResponse("This build is no longer shown; reload the page.", status_code=404)
            return answer(request, *opened)
        except UserError as error:
            return PlainTextResponse(str(error), status_code=404)

    return endpoint


@over_build
def points(request: Request, build: Build, pool: Pool) -> Response:
    """A projection's points: float32 x, y in drawing order."""
    name = request.path_params["projection"]
    if name not in pool.projections:
        return PlainTextResponse("There is no such map in this build.", status_code=404)
    return Response(encode_points(pool.projections[name]), headers=BINARY)


@over_build
def colour(request: Request, build: Build, pool: Pool) -> Response:
    """The legend, then one byte a point in drawing order."""
    asked = asked_colour(request.query_params)
    scale = scale_of(build, pool, asked)
    return Response(message(legend_of(asked, scale), encode_bytes(scale.codes)), headers=BINARY)


@over_build
def row(request: Request, build: Build, pool: Pool) -> Response:
    """A row's id and first words."""
    number = whole_number(request.path_params["row"])
    if number is None or not 0 <= number < len(pool):
        return PlainTextResponse("There is no such row.", status_code=404)
    uuid = str(pool.uuids[number])
    [text] = instructions(build, pool.keys_of([number]))
    return JSONResponse({"id": one_line(uuid, SHOWN), "text": one_line(text, SHOWN)}, headers=FOR_EVER)


MAP_ROUTES = [
    Route("/map/{build}/points/{projection:path}", points),
    Route("/map/{build}/colour", colour),
    Route("/map/{build}/row/{row}", row),
]
