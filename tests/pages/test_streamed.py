"""Downloads are streamed: the command line's bytes, in parts, of which the server never holds them all."""

import asyncio
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from crowdselect.cli import main
from crowdselect.store import Workspace
from pages._ui import streamed
from tests.pages.builds import plain, publish
from tests.pages.conftest import Open, failures

SERVER = Starlette(routes=streamed.DOWNLOAD_ROUTES)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return publish(tmp_path / "workspace", plain(200, 9))


def answer(address: str) -> tuple[int, dict[str, str], list[bytes]]:
    """Status, headers and the parts in which the server sends what stands at an address."""
    messages: list[dict[str, Any]] = []

    async def ask() -> None:
        sent = iter([{"type": "http.request"}])
        waiting = asyncio.Event()

        async def receive() -> dict[str, Any]:
            return next(sent, None) or await waiting.wait() or {}

        async def send(message: Any) -> None:
            messages.append(message)

        scope = {"type": "http", "method": "GET", "path": f"/{unquote(address)}", "headers": [], "query_string": b""}
        await SERVER(scope, receive, send)

    asyncio.run(ask())
    headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return messages[0]["status"], headers, [message["body"] for message in messages[1:] if message["body"]]


def link(app: AppTest, label: str) -> str:
    return next(str(each.proto.url) for each in app.get("link_button") if label in each.proto.label)


def recipe_file(app: AppTest, folder: Path) -> Path:
    """The recipe that the page shows, as its own download gives it."""
    text = next(code.value for code in app.code if code.value.startswith("name: "))
    (folder / "asked.yaml").write_text(text)
    return folder / "asked.yaml"


@pytest.mark.parametrize("page", ["tune", "export"])
def test_the_file_is_the_command_lines_in_parts(
    page: str, open_page: Open, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamed, "AT_ONCE", 4_000)
    app = open_page(page, workspace.path, {"size": "90"})
    assert failures(app) == []
    status, headers, parts = answer(link(app, "Download 90 rows"))
    asked = recipe_file(app if page == "export" else app.switch_page("export.py").run(), tmp_path)
    assert main(["select", str(asked), "--out", str(tmp_path / "out.jsonl"), "--workspace", str(workspace.path)]) == 0
    assert (status, b"".join(parts)) == (200, (tmp_path / "out.jsonl").read_bytes())
    assert headers["content-disposition"] == 'attachment; filename="weighted-90.jsonl"'
    assert headers["content-encoding"] == "identity"
    assert len(parts) > 5
    assert max(map(len, parts)) < 5_000


def test_the_zips_are_the_command_lines(open_page: Open, workspace: Workspace, tmp_path: Path) -> None:
    app = open_page("export", workspace.path, {"size": "30"})
    app.session_state["series"] = True  # the popover is open
    app.run()
    app.text_input(key="series_sizes").set_value("10,30").run()
    assert failures(app) == []
    asked = str(recipe_file(app, tmp_path))
    place = ["--workspace", str(workspace.path)]
    assert main(["bundle", asked, "--out", str(tmp_path / "bundle.zip"), *place]) == 0
    assert b"".join(answer(link(app, "bundle"))[2]) == (tmp_path / "bundle.zip").read_bytes()
    (tmp_path / "series.zip").write_bytes(b"".join(answer(link(app, "2 files"))[2]))
    assert main(["select", asked, "--out", str(tmp_path / "weighted.jsonl"), "--sizes", "10,30", *place]) == 0
    with zipfile.ZipFile(tmp_path / "series.zip") as series:
        assert {name: series.read(name) for name in series.namelist()} == {
            file.name: file.read_bytes() for file in tmp_path.glob("weighted-*")
        }


def test_what_is_no_longer_offered_is_said(open_page: Open, workspace: Workspace) -> None:
    address = link(open_page("export", workspace.path, {"size": "9"}), "Download 9 rows")
    for gone in (address.replace("/", "/0", 1), "download/x/y"):
        status, _, parts = answer(gone)
        assert (status, b"".join(parts).decode()) == (404, streamed.GONE)
    assert answer(address)[0] == 200
    publish(workspace.path, plain(100, 9), "0002")
    status, _, parts = answer(address)
    assert (status, b"".join(parts).decode()) == (404, streamed.GONE)


def test_refused_records_are_sent_from_their_file(open_page: Open, workspace: Workspace) -> None:
    name, content = "ein Name's %2F.jsonl", b'{"file": "x", "line": 1, "reason": "not JSON"}\n' * 5_000
    workspace.rejects.mkdir(exist_ok=True)
    (workspace.rejects / name).write_bytes(content)
    app = open_page("data", workspace.path)
    assert failures(app) == []
    status, headers, parts = answer(link(app, "All as JSONL"))
    assert (status, b"".join(parts)) == (200, content)
    assert headers["content-disposition"].startswith("attachment; filename")
    assert len(parts) > 1
    for elsewhere in ("rejects/CURRENT", "rejects/..%2FCURRENT", "rejects/%2Fetc%2Fpasswd"):
        assert answer(elsewhere)[0] == 404
