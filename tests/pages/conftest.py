"""Pages run by Streamlit's own test runner over real builds."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parent.parent.parent
Open = Callable[..., AppTest]


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Runs a page over a workspace, as the first thing a session does; `query` is its address."""

    def open_page(page: str, workspace: Path, query: dict[str, str] | None = None) -> AppTest:
        monkeypatch.setenv("CROWDSELECT_WORKSPACE", str(workspace))
        st.cache_resource.clear()
        app = AppTest.from_file(ROOT / "pages" / "_navigation.py", default_timeout=60)
        for name, value in (query or {}).items():
            app.query_params[name] = value
        app.run()
        return app if page == "tune" else app.switch_page(f"{page}.py").run()

    return open_page


def failures(app: AppTest) -> list[str]:
    """What the page complained of, in words."""
    return [error.value for error in app.error] + [str(error.value) for error in app.exception]


def numbers(app: AppTest) -> dict[str, str]:
    """The number cards: label -> value."""
    return {metric.label: metric.value for metric in app.metric}


def responses_shown(app: AppTest) -> list[list[str]]:
    """The list of responses: score, model, words and text of each."""
    drawn = [element.proto for element in app.main if element.type == "bidi_component"]
    [proto] = [proto for proto in drawn if "responses" in proto.component_name]
    return json.loads(proto.json)["responses"]
