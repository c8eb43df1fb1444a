"""The map's Python side on a page without a browser: it mounts in every new server, and names what is missing."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from crowdselect.errors import UserError
from pages._ui.map import point_map
from tests.pages.builds import EDGES, plain, publish

PAGE = Path(__file__).parent.parent / "browser" / "map_harness" / "page.py"


@pytest.mark.parametrize("again", [1, 2])  # each AppTest is a new server, which must be told where the files are
def test_it_mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: int) -> None:
    monkeypatch.setenv("CROWDSELECT_WORKSPACE", str(publish(tmp_path, plain()).path))
    app = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not app.exception
    [proto] = [element.proto for element in app.main if element.type == "bidi_component"]
    assert proto.js_source_path == "map.js"
    assert not proto.js_content  # code in the message would be sent again with every selection
    length = int.from_bytes(proto.bytes[:4], "little")
    header = json.loads(proto.bytes[4 : 4 + length])
    assert len(proto.bytes) == 4 + length + sum(size for _, size in header["masks"].values())
    assert header["points"] == "map/0001/points/pca"


def test_a_map_that_is_not_there_is_named() -> None:
    empty = SimpleNamespace(projections={})
    with pytest.raises(UserError, match="umap"):
        point_map(None, empty, "umap", key="map")  # type: ignore[arg-type]


def test_hostile_names_stay_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROWDSELECT_WORKSPACE", str(publish(tmp_path, EDGES["hostile text"]).path))
    app = AppTest.from_file(str(PAGE), default_timeout=60)
    app.session_state["colour"] = "cluster"
    app.session_state["labels"] = True
    app.run()
    assert not app.exception
    [proto] = [element.proto for element in app.main if element.type == "bidi_component"]
    assert not proto.html_content
