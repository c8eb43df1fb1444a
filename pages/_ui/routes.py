"""What the server answers beside the pages."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from crowdselect.errors import UserError
from pages._ui.workspace import current, picture

FOR_EVER = {"Cache-Control": "private, max-age=31536000, immutable"}


def picture_address(build_id: str, projection: str) -> str:
    """Where `density_picture` answers, from any page. A build never changes, so the browser asks once."""
    return f"picture/{build_id}/{projection}.png"


def density_picture(request: Request) -> Response:
    """The whole pool under one projection, as a picture."""
    try:
        opened = current()
    except UserError as error:
        return PlainTextResponse(str(error), status_code=503)
    if opened is None:
        return PlainTextResponse("This workspace holds no build yet.", status_code=404)
    build, pool = opened
    projection = request.path_params["projection"]
    if request.path_params["build"] != build.id or projection not in pool.projections:
        return PlainTextResponse("This build is no longer shown, or has no such map.", status_code=404)
    return Response(picture(build, pool, projection), media_type="image/png", headers=FOR_EVER)


PICTURE_ROUTES = [Route("/picture/{build}/{projection}.png", density_picture)]
