"""Hub data sets arrive through huggingface_hub from a real HTTP server, go on where they stopped, and fail in words."""

import io
import random
import socket
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crowdselect.errors import UserError
from crowdselect.importers import sources
from crowdselect.store import Workspace, open_build
from precompute.cli import main
from precompute.hub import download
from tests.unit.hub_server import Hub, serving
from tests.unit.imported import imported

pytestmark = pytest.mark.slow

REPO = "Some-Owner/zoo.100k"


def zoo(first: int, rows: int = 300) -> bytes:
    """A Generator-Zoo file of its own rows; long and unlike enough to be cut in the middle."""
    answers = [{"content": f"answer {first + i} " * 40, "RM": float(i)} for i in range(rows)]
    uuids = [f"u{first + i:05d}" for i in range(rows)]
    table = {"uuid": uuids, "instruction": [f"What is {uuid}?" for uuid in uuids], "a-7b": answers, "a-70b": answers}
    held = io.BytesIO()
    pq.write_table(pa.table(table), held, compression="none", use_dictionary=False)
    return held.getvalue()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    files = {
        "README.md": b"# zoo",
        "data/train-00000-of-00002.parquet": zoo(0),
        "data/train-00001-of-00002.parquet": zoo(300),
    }
    with serving(Hub(REPO, files)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        monkeypatch.setenv("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        yield hub


def fetched(hub: Hub) -> list[str]:
    return [path.rpartition("/")[2] for method, path, _ in hub.asked if method == "GET" and "/resolve/" in path]


def test_a_data_set_is_downloaded_and_read(hub: Hub, tmp_path: Path) -> None:
    paths = download(REPO, tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == list(hub.files)[1:]
    assert [path.read_bytes() for path in paths] == list(hub.files.values())[1:]
    found = sources(tmp_path)
    assert [(source.label, source.format) for source in found] == [
        (f"data/train-0000{i}-of-00002.parquet", "magpie_zoo") for i in (0, 1)
    ]
    records = [one for source in found for one in imported(source).records]
    assert len(records) == 2 * 600
    assert (records[-1]["uuid"], records[-1]["model"], records[-1]["scores"]) == ("u00599", "a-70b", {"RM": 299.0})


def test_nothing_is_fetched_twice(hub: Hub, tmp_path: Path) -> None:
    download(REPO, tmp_path)
    assert len(fetched(hub)) == 2
    hub.asked.clear()
    assert len(download(REPO, tmp_path)) == 2
    assert fetched(hub) == []


def test_a_file_whose_line_drops_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    name, content = "data/big.parquet", random.Random(1).randbytes(24 << 20)
    hub.files, hub.cut = {name: content}, 15 << 20
    assert [path.read_bytes() for path in download(REPO, tmp_path)] == [content]
    ranges = [asked or "" for method, path, asked in hub.asked if method == "GET" and path.endswith(name)]
    assert ranges[0] == ""
    assert int(ranges[-1].removeprefix("bytes=").split("-")[0]) >= 10 << 20


def test_a_hub_that_goes_away_leaves_whole_files_only(hub: Hub, tmp_path: Path) -> None:
    hub.cut, hub.status_after_cut = 100_000, 503
    with pytest.raises(UserError, match=r"repeat|later"):
        download(REPO, tmp_path)
    assert list(tmp_path.rglob("*.parquet")) == []
    hub.status = 200
    assert [path.read_bytes() for path in download(REPO, tmp_path)] == list(hub.files.values())[1:]


def test_a_second_run_goes_on_after_the_files_that_are_there(hub: Hub, tmp_path: Path) -> None:
    second = list(hub.files)[2]
    content = hub.files.pop(second)
    download(REPO, tmp_path)
    hub.files[second] = content
    hub.asked.clear()
    assert len(download(REPO, tmp_path)) == 2
    assert fetched(hub) == [second.rpartition("/")[2]]


@pytest.mark.parametrize(
    "repo",
    ["", "zoo", "/zoo", "a/b/c", "../x", "a/..", "a/b?x=1", "a b/c", "a/b\n", "-a/b", "https://x/y", "a/" + "b" * 97],
)
def test_bad_names_never_leave_this_machine(hub: Hub, tmp_path: Path, repo: str) -> None:
    with pytest.raises(UserError, match="is no hub data set; write hf:OWNER/NAME"):
        download(repo, tmp_path)
    assert hub.asked == []


def test_an_unknown_data_set(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"There is no data set Some-Owner/none at http.*check the name"):
        download("Some-Owner/none", tmp_path)


def test_a_data_set_without_parquet_files(hub: Hub, tmp_path: Path) -> None:
    hub.files = {"README.md": b"x", "data.json": b"[]"}
    with pytest.raises(UserError, match="holds no Parquet files"):
        download(REPO, tmp_path)


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_hub_that_refuses(hub: Hub, tmp_path: Path, status: int) -> None:
    hub.status = status
    with pytest.raises(UserError, match=rf"refused {REPO} .*{status}") as raised:
        download(REPO, tmp_path)
    assert "\n" not in str(raised.value)


def test_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(UserError, match=r"Cannot reach http://127.*check the network or HF_ENDPOINT"):
            download(REPO, tmp_path)


def test_a_file_name_that_leaves_the_folder_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.files = {"../outside.parquet": zoo(0, 1)}
    into = tmp_path / "into"
    with pytest.raises(UserError, match="cannot be stored"):
        download(REPO, into)
    assert not (tmp_path / "outside.parquet").exists()


def test_a_folder_that_cannot_be_written(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="Cannot store"):
        download(REPO, tmp_path / "file")


def test_one_command_from_the_hub_to_a_build(hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = tmp_path / "w"
    assert main(["ingest", f"hf:{REPO}", "--workspace", str(workspace)]) == 0
    assert main(["ingest", f"hf:{REPO}", "--workspace", str(workspace)]) == 0
    said = capsys.readouterr().out
    assert "total: read " in said
    assert "ingested before" in said
    build = open_build(Workspace.of(workspace))
    rows = build.query("SELECT count(*) AS rows, count(DISTINCT uuid) AS ids FROM instructions").to_pylist()[0]
    build.close()
    assert rows == {"rows": 600, "ids": 600}
