"""Data: every state of the page, and the pure parts behind it: uploads, looks, the log, parameters, stopping."""

import gzip
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import streamlit as st

from crowdselect.bidi import isolated
from crowdselect.errors import UserError
from crowdselect.store import Workspace
from pages._ui.data_found import columns, look
from pages._ui.data_import import resolved
from pages._ui.data_jobs import ABOUT
from pages._ui.data_log import import_counts, log_lines
from pages._ui.data_models_file import keep, models_file, summary
from pages._ui.data_parameters import settings
from pages._ui.data_stop import is_precompute, stop
from pages._ui.data_upload import MOST_MB, stored
from precompute.jobs import JOBS
from precompute.lock import writer_lock
from tests.pages.builds import EDGES, HOSTILE, publish
from tests.pages.conftest import Open, failures

PARTS = ("Import", "Models", "Jobs", "Attach", "Families")
MARKUP = re.compile(r"(?<!\\)(<script|<img|!\[x|\[a\]|\$.sum|:red)")  # unescaped
GOOD = b'{"id": "a", "instruction": "Question", "model": "qwen-7b", "response": "Answer", "scores": {"rm": 1}}\n'


@dataclass
class Upload:
    name: str
    content: bytes

    def getvalue(self) -> bytes:
        return self.content


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    st.cache_resource.clear()
    st.cache_data.clear()
    return Workspace.of(tmp_path / "workspace")


@pytest.mark.parametrize("edge", EDGES)
def test_page_stands(edge: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("data", publish(tmp_path, EDGES[edge]).path)
    assert failures(app) == []
    for part in PARTS[1:]:
        app.button_group(key="part").set_value(part.lower()).run()
        assert failures(app) == []
        marked = [element.value for element in (*app.markdown, *app.caption, *app.title)]
        labels = [element.label for element in (*app.button, *app.expander)]
        assert not [text for text in (*marked, *labels) if MARKUP.search(text)]


def test_empty_workspace_is_the_place_to_begin(open_page: Open, tmp_path: Path) -> None:
    app = open_page("data", tmp_path)
    assert failures(app) == []
    assert [title.value for title in app.title] == ["Bring your data"]
    assert "Build the demo" in [button.label for button in app.button]


def test_a_failed_first_import_is_said_once(open_page: Open, tmp_path: Path) -> None:
    place = Workspace.of(tmp_path)
    place.logs.mkdir()
    place.progress.write_text(json.dumps({"state": "failed", "message": "All 2 records were rejected.", "pid": 1}))
    place.rejects.mkdir()
    (place.rejects / "x.jsonl.jsonl").write_text('{"file": "x.jsonl", "line": 1, "reason": "not JSON"}\n')
    app = open_page("data", tmp_path)
    assert [text.value for text in app.text] == ["All 2 records were rejected."]
    assert "Build the demo" in [button.label for button in app.button]
    assert any("Reason" in frame.value for frame in app.dataframe)


def test_a_link_opens_a_part(open_page: Open, tmp_path: Path) -> None:
    app = open_page("data", publish(tmp_path, EDGES["plain"]).path, {"part": "Jobs"})
    assert {"Run embed", "Run cluster", "Run project", "Run metrics"} <= {button.label for button in app.button}
    asked = [button.label.removeprefix("Run ") for button in app.button if button.label.startswith("Run ")]
    assert {job for job in asked if " " not in job} <= set(ABOUT)  # each says what it is for
    table = next(frame.value for frame in app.dataframe if "State" in frame.value)
    assert set(zip(table["Job"], table["Output"], strict=True)) >= {("project", "umap"), ("metrics", "metrics")}
    assert all(state.endswith("missing") for state in table["State"])
    assert app.number_input(key="set_cluster_k").value == 30


def test_a_path_is_looked_at_and_shown_as_text(open_page: Open, tmp_path: Path) -> None:
    hostile = {"id": HOSTILE, "instruction": HOSTILE, "model": HOSTILE, "response": HOSTILE, "scores": {HOSTILE: 1}}
    file = tmp_path / "pool<img src=x>.jsonl"
    file.write_bytes(GOOD + json.dumps(hostile).encode() + b'\n{"instruction": NaN}\n')
    app = open_page("data", tmp_path / "workspace")
    app.button_group(key="import_from").set_value("Path or hub data set").run()
    app.text_input(key="import_path").set_value(str(file)).run()
    assert failures(app) == []
    assert "Import 2 records" in [button.label for button in app.button]
    assert "1 would be refused" in " ".join(element.value for element in app.markdown)
    assert not [element for element in (*app.markdown, *app.caption) if MARKUP.search(element.value)]
    refused = next(frame.value for frame in app.dataframe if "Reason" in frame.value)
    assert (refused["Line"].tolist(), refused["File"].tolist()) == ([3], [file.name])
    assert not (tmp_path / "workspace" / "work.duckdb").exists()


def test_the_check_says_what_is_kept_without_being_used_and_what_is_left_out(open_page: Open, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl").write_text('{"instruction": "Translate.", "input": "One", "**x**<b>": 1}\n')
    (folder / "b<b>.txt").write_text("notes")
    app = open_page("data", tmp_path / "workspace")
    app.button_group(key="import_from").set_value("Path or hub data set").run()
    app.text_input(key="import_path").set_value(str(folder)).run()
    assert failures(app) == []
    said = [element.value.replace("\\", "") for element in app.caption]
    assert any("**x**<b> in 1 row, input in 1 row kept in extra, not used" in text for text in said)
    assert any("models are asked without it" in text for text in said)
    assert any("Left out: b<b>.txt (its ending is none of" in text for text in said)
    assert not [element for element in app.caption if MARKUP.search(element.value)]


@pytest.mark.parametrize(
    "typed", ["/nowhere/at/all", "\0", "hf:a/../../b", "--workspace=/tmp", "~nobody-here/x", "/dev/zero"]
)
def test_a_path_that_cannot_be_is_said(typed: str, open_page: Open, tmp_path: Path) -> None:
    app = open_page("data", tmp_path)
    app.button_group(key="import_from").set_value("Path or hub data set").run()
    app.text_input(key="import_path").set_value(typed).run()
    assert failures(app) == ["Something needs your attention"]
    assert not any(button.label.startswith("Import") for button in app.button)


def test_a_failed_command_says_why_in_a_line(open_page: Open, tmp_path: Path) -> None:
    place = publish(tmp_path, EDGES["plain"])
    place.logs.mkdir()
    said = {"state": "failed", "message": f"No: {HOSTILE}", "pid": 1, "command": "run"}
    place.progress.write_text(json.dumps(said))
    app = open_page("data", place.path)
    assert "Failed" in " ".join(element.value for element in app.markdown)
    assert app.text[0].value == isolated(f"No: {HOSTILE}")
    place.progress.write_text(json.dumps({**said, "message": "SIGTERM"}))
    app.run()
    assert failures(app) == []
    assert "Stopped" in " ".join(element.value for element in app.markdown)


def test_while_something_runs_nothing_else_can_be_started(open_page: Open, tmp_path: Path) -> None:
    place = publish(tmp_path, EDGES["plain"])
    place.logs.mkdir()
    said = {"state": "running", "pid": os.getpid(), "command": "run", "job": "embed", "step": 1, "steps": 2, "done": 5}
    place.progress.write_text(json.dumps({**said, "total": 10, "rate": 2.0, "eta_s": 2.5}))
    app = open_page("data", place.path, {"part": "Jobs"})
    assert failures(app) == []
    off = {button.label: button.disabled for button in app.button if button.label.startswith("Run")}
    assert all(off.values())
    assert {"Run embed", "Run cluster", "Run project", "Run metrics"} <= set(off)
    assert f"process {os.getpid()}" in " ".join(element.value for element in app.markdown)
    assert "5 of 10" in " ".join(element.value for element in app.caption)
    app.button(key="stop").click().run()  # this process is no precompute: it lives on, and the page says so
    assert "was not stopped" in " ".join(element.value for element in app.caption)


@pytest.mark.parametrize(
    "name",
    ["../../x.jsonl", "..\\..\\x.jsonl", "/nowhere/at/all", "<img src=x onerror=alert(1)>.jsonl", ".hidden", "..",
     "CON", "a" * 300 + ".jsonl", "x.jsonl\0.csv", "\u202ex.jsonl", "x.zip", "--help"],
)  # fmt: skip
def test_an_upload_stays_in_its_folder(name: str, workspace: Workspace) -> None:
    file = Path(stored(Upload(name, GOOD), workspace))
    assert file.parent == workspace.path / "uploads"
    assert re.fullmatch(r"[\w .-]{1,120}", file.name)
    assert file.suffix == ".jsonl"
    assert file.read_bytes() == GOOD


def test_the_content_tells_the_type(workspace: Workspace) -> None:
    parquet = io.BytesIO()
    pq.write_table(pa.table({"uuid": ["a"]}), parquet)
    matrix = io.BytesIO()
    np.save(matrix, np.zeros((2, 2)))
    names = [
        Path(stored(Upload(sent, content), workspace)).name
        for sent, content in [
            ("a.parquet", GOOD), ("b.csv", parquet.getvalue()), ("c.jsonl.gz", gzip.compress(GOOD)),
            ("d.csv", gzip.compress(GOOD)), ("e.dat", b"[" + GOOD + b"]"), ("f.csv", b"model,family,params_b\n"),
            ("g.txt", matrix.getvalue()),
        ]
    ]  # fmt: skip
    assert names == [
        "a.parquet.jsonl", "b.csv.parquet", "c.jsonl.gz", "d.csv.jsonl.gz", "e.dat.json", "f.csv", "g.txt.npy"
    ]  # fmt: skip


def test_another_file_of_the_same_name_does_not_replace_the_first(workspace: Workspace) -> None:
    first, again = stored(Upload("x.jsonl", GOOD), workspace), stored(Upload("x.jsonl", GOOD), workspace)
    other = stored(Upload("x.jsonl", GOOD + GOOD), workspace)
    assert first == again != other
    assert Path(first).read_bytes() == GOOD
    assert sorted(os.listdir(workspace.path / "uploads")) == sorted(Path(file).name for file in (first, other))


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../evil.jsonl", GOOD)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../evil.jsonl"), io.BytesIO())
    return out.getvalue()


def _gzip_bomb(members: int) -> bytes:
    return gzip.compress(bytes(220 // members << 20), 9) * members


def _parquet(values: pa.Array, columns: int = 1) -> bytes:
    out = io.BytesIO()
    table = pa.table({f"c{place}": values for place in range(columns)})
    pq.write_table(table, out, compression="zstd", store_schema=False)
    return out.getvalue()


def _long_text_many_times() -> bytes:
    return _parquet(pa.DictionaryArray.from_arrays(pa.array([0] * 500), ["x" * (1 << 20)]))


def _nested_text_many_times() -> bytes:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 500), ["x" * (1 << 20)])
    return _parquet(pa.StructArray.from_arrays([texts], ["content"]))


def _many_numbers() -> bytes:
    return _parquet(pa.array(np.zeros(1_000_000)), 30)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(_zip, "zip archive"), (_tar, "tar archive"), (lambda: gzip.compress(_tar()), "tar archive"),
     (lambda: b"BZh9" + bytes(99), "bzip2"), (lambda: b"", "empty"),
     (lambda: bytes((MOST_MB << 20) + 1), "larger than"),
     (lambda: _gzip_bomb(1), "unpacks to more"), (lambda: _gzip_bomb(4), "unpacks to more"),
     (_long_text_many_times, "once it is read"), (_nested_text_many_times, "once it is read"),
     (_many_numbers, "once it is read")],
)  # fmt: skip
def test_what_is_refused_is_not_written(content: Callable[[], bytes], reason: str, workspace: Workspace) -> None:
    made = content()
    began = time.monotonic()
    with pytest.raises(UserError, match=reason):
        stored(Upload("x.jsonl", made), workspace)
    assert time.monotonic() - began < 30  # refused, not worked through
    assert not (workspace.path / "uploads").exists()


def test_an_honest_parquet_file_is_taken(workspace: Workspace) -> None:
    lists = pa.array([["one", "two"], [], None] * 100)
    structs = pa.array([{"content": "text", "score": 1.0}, None, {"content": None, "score": 2.0}] * 100)
    content = io.BytesIO()
    pq.write_table(pa.table({"uuid": [str(row) for row in range(300)], "tags": lists, "zoo": structs}), content)
    assert Path(stored(Upload("x.parquet", content.getvalue()), workspace)).name == "x.parquet"


def test_a_look_counts_what_the_import_would_keep(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(GOOD + b"no\n" + GOOD.replace(b"qwen-7b", b"qwen-14b").replace(b'"rm"', b'"other"'))
    families = tmp_path / "families.csv"
    families.write_text("model,family,params_b\nqwen-7b,mine,8\n")
    found = look(str(file), "auto", str(families))
    assert (found["formats"], found["read"], found["kept"], found["rejected"]) == (["long"], 3, 2, 1)
    assert found["reward_models"] == ["other", "rm"]
    sizes = {model["model"]: (model["family"], model["params_b"], model["origin"]) for model in found["models"]}
    assert sizes["qwen-7b"] == ("mine", 8.0, "csv")
    file.write_bytes(GOOD)  # a file that changes is looked at again
    os.utime(file, (1, 1))
    assert look(str(file), "auto", None)["read"] == 1


@pytest.mark.slow
def test_a_look_is_bounded_in_memory(workspace: Workspace, tmp_path: Path) -> None:
    """Many rows of one 19 MB text, which the file keeps once: less than a kilobyte, 10 GB as rows."""
    file = tmp_path / "bomb.parquet"
    table = pa.table({"instruction": pa.DictionaryArray.from_arrays(pa.array([0] * 500), ["x" * (19 << 20)])})
    pq.write_table(table, file, compression="zstd", store_schema=False)
    assert file.stat().st_size < 2000
    assert look(str(file), "auto", None)["kept"] == 0  # so there is nothing to import


def test_columns_of_a_file(tmp_path: Path) -> None:
    pq.write_table(pa.table({"uuid": ["a"], "k10": [3]}), tmp_path / "x.parquet")
    (tmp_path / "x.csv").write_text("uuid,quality\na,1\n")
    assert columns(str(tmp_path / "x.parquet"))[1] == {"name": "k10", "type": "int64"}
    assert [each["name"] for each in columns(str(tmp_path / "x.csv"))] == ["uuid", "quality"]
    with pytest.raises(UserError, match="no file"):
        columns(str(tmp_path / "none"))


def test_a_typed_path_is_never_an_option() -> None:
    assert resolved("--workspace=/x").startswith("/")
    assert resolved("hf:owner/name") == "hf:owner/name"


@pytest.mark.parametrize("job", JOBS)
def test_settings_say_what_differs_from_the_defaults(job: str) -> None:
    schema = JOBS[job].Params.model_json_schema()
    defaults = {name: each.get("default") for name, each in schema.get("properties", {}).items()}
    assert settings(job, schema, defaults) == []


def test_settings_are_read_back_as_they_were() -> None:
    from precompute.parameters import parameters

    asked: dict[str, dict] = {
        "cluster": {"k": 7, "name": "no: [x"},
        "project": {"methods": ["pca"]},
        "embed": {"field": "response"},
    }
    words = [
        word
        for job, values in asked.items()
        for word in settings(job, JOBS[job].Params.model_json_schema(), values)
        if word != "--set"
    ]
    read = parameters(words)
    assert (read["cluster"].k, read["cluster"].name, read["embed"].field) == (7, "no: [x", "response")
    assert read["project"].methods == ("pca",)


def test_the_log_shows_lines_and_no_details_of_a_failure(workspace: Workspace) -> None:
    workspace.logs.mkdir(parents=True)
    (workspace.logs / "precompute.log").write_text(
        "2026-01-02 03:04:05,678 77 INFO x.jsonl: read 1,234 = kept 1,230 + rejected 4 (see /a/b)\n"
        "2026-01-02 03:04:06,678 78 ERROR unexpected\nTraceback (most recent call last):\n  File 'x'\nValueError\n"
        "2026-01-02 03:04:07,678 78 INFO y.jsonl: read 2 = kept 2 + rejected 0\n"
    )
    assert [(line.time, line.pid) for line in log_lines(workspace)] == [("03:04:05", 77), ("03:04:07", 78)]
    assert import_counts(workspace, 77) == (1234, 1230, 4)
    assert import_counts(workspace, 79) is None


def test_only_the_workspaces_own_writer_is_stopped(workspace: Workspace) -> None:
    """A process that merely stands in the progress file, even one that holds the lock, is left alone."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        workspace.logs.mkdir(parents=True)
        workspace.progress.write_text(json.dumps({"state": "running", "pid": sleeper.pid}))
        with pytest.raises(UserError, match="was not stopped"):
            stop(workspace)
        with writer_lock(workspace):
            workspace.lock.write_text(f"{sleeper.pid}\n")
            with pytest.raises(UserError, match="was not stopped"):
                stop(workspace)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()
    with pytest.raises(UserError, match="Nothing is running"):
        stop(workspace)


def test_a_command_is_told_by_its_words() -> None:
    assert is_precompute([sys.executable, "-m", "precompute", "run", ""])
    assert not is_precompute(["vim", "precompute"])
    assert not is_precompute([])


@pytest.mark.slow  # a process for each look
def test_a_models_file_is_kept_only_when_it_is_right(open_page: Open, tmp_path: Path) -> None:
    place = publish(tmp_path / "workspace", EDGES["plain"])
    assert summary(place) is None
    with pytest.raises(UserError, match=r"The models file: unknown key 'models.0.api_key'") as error:
        keep(place, b"models: [{name: a, base_url: 'http://x/v1', api_key: sk-secret}]")
    assert "sk-secret" not in str(error.value)
    with pytest.raises(UserError, match="Cannot read the models file"):
        keep(place, str(tmp_path / "nowhere.yaml"))
    assert not models_file(place).exists()
    name = HOSTILE.replace("\0", "")
    keep(place, f"models: [{{name: '{name}', base_url: 'http://x/v1', api_key_env: NO_SUCH_KEY}}]".encode())
    assert [file.name for file in place.path.glob("models*")] == ["models.yaml"]
    app = open_page("data", place.path, {"part": "Models"})
    assert failures(app) == []
    buttons = {button.key: button for button in app.button}
    assert (buttons["dry_run"].disabled, buttons["start_models"].disabled) == (False, True)
    assert not [text for text in (element.value for element in (*app.markdown, *app.caption)) if MARKUP.search(text)]
    assert any("NO_SUCH_KEY" in warning.value.replace("\\", "") for warning in app.warning)
