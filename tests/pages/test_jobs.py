"""Work beside the app: one at a time, and its state is known whoever started it and however it ended."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from crowdselect.store import Workspace
from pages._ui.jobs import Progress, progress, start


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    st.cache_resource.clear()
    yield Workspace.of(tmp_path)
    st.cache_resource.clear()


def said(workspace: Workspace, **state: object) -> None:
    workspace.logs.mkdir(parents=True, exist_ok=True)
    workspace.progress.write_text(json.dumps({"pid": os.getpid(), "state": "running", "command": "demo", **state}))


def ended(workspace: Workspace, seconds: float = 60) -> Progress:
    end = time.monotonic() + seconds
    while (now := progress(workspace)).state in ("starting", "running"):
        assert time.monotonic() < end
        time.sleep(0.1)
    return now


def test_nothing_has_run(workspace: Workspace) -> None:
    assert progress(workspace).state == "idle"


def test_another_process_is_followed(workspace: Workspace) -> None:
    said(workspace, job="embed", step=3, steps=4, done=50, total=100, rate=10.0, eta_s=5.0)
    now = progress(workspace)
    assert (now.state, now.job, now.share) == ("running", "embed", 0.625)
    assert not start(workspace, ["demo"])


def test_a_total_that_is_not_known_yet(workspace: Workspace) -> None:
    said(workspace, job="ingest", step=1, steps=1, done=7, total=None)
    assert progress(workspace).share == 0.0


def test_a_killed_process_is_not_running(workspace: Workspace) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    said(workspace, pid=gone.pid)
    now = progress(workspace)
    assert now.state == "failed"
    assert "Start it again" in now.message


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": 5}', '{"state": "running", "pid": "x"}'])
def test_a_file_that_makes_no_sense_is_no_news(text: str, workspace: Workspace) -> None:
    workspace.logs.mkdir(parents=True)
    workspace.progress.write_text(text)
    assert progress(workspace).state == "idle"


@pytest.mark.slow
def test_a_failure_says_why(workspace: Workspace) -> None:
    assert start(workspace, ["ingest", str(workspace.path / "nothing.jsonl")])
    now = ended(workspace)
    assert now.state == "failed"
    assert "nothing.jsonl" in now.message


@pytest.mark.slow
def test_a_second_start_is_refused_while_one_runs(workspace: Workspace) -> None:
    assert start(workspace, ["demo", "--rows", "20", "--no-publish"])
    assert not start(workspace, ["demo"])
    assert ended(workspace, 180).state == "done"
