"""Where the app begins: at the address's root, or below `server.baseUrlPath`."""

from collections.abc import Iterable

from starlette.routing import Route
from streamlit.config import get_option


def base_path() -> str:
    """The part of every path that comes before the app's own: empty, or such as /crowd."""
    path = str(get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def below_base(path: str) -> str | None:
    """The app's own part of a request's path, without a slash before it; None where the path is not the app's."""
    base = base_path()
    if path != base and not path.startswith(f"{base}/"):
        return None
    return path[len(base) :].lstrip("/")


def under_base_path(routes: Iterable[Route]) -> list[Route]:
    """The same routes below the base path, where Streamlit's own are."""
    return [Route(base_path() + route.path, route.endpoint) for route in routes]
