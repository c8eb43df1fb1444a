"""The server: `streamlit run app.py`. Pages, the routes beside them and the headers on every answer; nothing else."""

import sys
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from pages._ui.auth import OnlyLoggedIn  # noqa: E402
from pages._ui.base_path import under_base_path  # noqa: E402
from pages._ui.components import components_served  # noqa: E402
from pages._ui.errors import show_error  # noqa: E402
from pages._ui.headers import SecurityHeaders  # noqa: E402
from pages._ui.hosts import KnownHosts  # noqa: E402
from pages._ui.listening import start_or_say_why  # noqa: E402
from pages._ui.login import Login  # noqa: E402
from pages._ui.map.route import MAP_ROUTES  # noqa: E402
from pages._ui.no_delay import send_at_once  # noqa: E402
from pages._ui.routes import PICTURE_ROUTES  # noqa: E402
from pages._ui.session import look_up_by_key  # noqa: E402
from pages._ui.shell import Shell  # noqa: E402
from pages._ui.streamed import DOWNLOAD_ROUTES  # noqa: E402
from pages._ui.websocket import remember_a_page  # noqa: E402

start_or_say_why()
remember_a_page()
send_at_once()
look_up_by_key()

app = st.App(
    ROOT / "pages" / "_navigation.py",
    routes=under_base_path([*PICTURE_ROUTES, *MAP_ROUTES, *DOWNLOAD_ROUTES]),
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(KnownHosts),
        Middleware(Login),
        Middleware(OnlyLoggedIn),
        Middleware(Shell),
    ],
    lifespan=components_served,
    on_script_error=show_error,
)
