"""The page Data says how things stand: stopped jobs, an import that is done, families that were changed, budgets."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from crowdselect.pool import Model
from crowdselect.store import Workspace, open_build
from pages._ui.families import changed, families_csv
from precompute.cli import main
from precompute.status import lines, status
from tests.pages.builds import EDGES, publish
from tests.pages.conftest import ROOT, Open, failures
from tests.unit.score_servers import listening
from tests.unit.workspaces import small_workspace


@pytest.mark.slow
def test_a_stopped_job_is_not_done(open_page: Open, tmp_path: Path) -> None:
    """Done with one model's weights, and stopped in the middle of making it again with another's."""
    place = small_workspace(tmp_path, rows=3)
    models, wait = tmp_path / "models.yaml", [0.0]

    def answers(body: dict) -> tuple[int, dict]:
        time.sleep(wait[0])
        return 200, {"data": [{"probs": [0.5]}]}

    def state() -> str:
        return next(job["state"] for job in status(place)["jobs"] if job["job"] == "reward")

    with listening({"/classify": answers}) as served:
        entry = {"name": "rm", "kind": "vllm", "base_url": served.address, "concurrency": 1}
        command = ["run", "reward", "--models", str(models), "--workspace", str(place.path)]
        models.write_text(yaml.safe_dump({"reward_models": [entry]}))
        assert main(command) == 0
        assert state() == "done"
        wait[0] = 0.2
        models.write_text(yaml.safe_dump({"reward_models": [entry | {"model": "other weights"}]}))
        for how in (signal.SIGTERM, signal.SIGKILL):
            there = len(served.calls)
            with subprocess.Popen(
                [sys.executable, "-m", "precompute", *command], cwd=ROOT, stderr=subprocess.DEVNULL
            ) as job:
                while len(served.calls) < there + 2:
                    time.sleep(0.02)
                os.kill(job.pid, how)
            assert state() == "unfinished"
        wait[0] = 0.0
        assert "unfinished reward rm" in "\n".join(lines(status(place)))
        app = open_page("data", place.path, {"part": "Jobs"})
        assert failures(app) == []
        shown = " ".join(element.value for element in app.markdown)
        assert "up to date" not in shown.replace("Not up to date", "")
        assert "Not up to date: reward" in shown
        table = next(frame.value for frame in app.dataframe if "State" in frame.value)
        assert [row.State.split()[-1] for row in table.itertuples() if row.Job == "reward"] == ["unfinished"]
        main(
            ["run", "--dry-run", "--workspace", str(place.path)]
        )  # what another command says of itself changes nothing
        assert state() == "unfinished"
        assert main(command) == 0
    assert state() == "done"


@pytest.mark.slow
def test_after_an_import_its_button_is_gone(open_page: Open, tmp_path: Path) -> None:
    place = small_workspace(tmp_path, rows=3)
    file = tmp_path / "more.jsonl"
    line = {"id": "a", "instruction": "Question", "model": "qwen-7b", "response": "Answer", "scores": {"rm-a": 1}}
    file.write_text(json.dumps(line) + "\n")
    app = open_page("data", place.path)
    app.button_group(key="import_from").set_value("Path or hub data set").run()
    app.text_input(key="import_path").set_value(str(file)).run()
    app.button(key="import").click().run()
    deadline = time.monotonic() + 60
    while status(place)["progress"]["state"] != "done" or status(place)["instructions"] != 4:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    app.run()
    assert failures(app) == []
    assert "import" not in [button.key for button in app.button]
    assert "Taken in" in " ".join(element.value for element in app.markdown)
    with file.open("a") as more:
        more.write(json.dumps(line | {"id": "b", "instruction": "Another"}) + "\n")
    app.run()
    assert "import" in [button.key for button in app.button]  # the file is another one now


def test_editing_one_family_marks_that_one(tmp_path: Path) -> None:
    place = small_workspace(tmp_path, rows=1)

    def known() -> dict[str, list]:
        build = open_build(place)
        found = build.query("SELECT model, family, params_b, origin FROM models").to_pylist()
        build.close()
        return {row["model"]: list(row.values())[1:] for row in found}

    before = known()
    models = [Model(name, *values) for name, values in before.items()]
    edited = pd.DataFrame([{"model": m.name, "family": m.family or "", "params_b": m.params_b} for m in models])
    assert changed(models, edited) == []
    edited.loc[edited["model"] == "other-7b", "family"] = "mine"
    (tmp_path / "families.csv").write_text(families_csv(changed(models, edited)))
    assert main(["attach", "families", str(tmp_path / "families.csv"), "--workspace", str(place.path)]) == 0
    assert known() == before | {"other-7b": ["mine", 7.0, "csv"]}


def test_a_budget_in_tokens_names_the_job_that_counts_them(open_page: Open, tmp_path: Path) -> None:
    place = publish(tmp_path, EDGES["plain"]).path
    app = open_page("tune", place, {"constraints": '{"budget":{"max":900}}'})
    app.session_state["constraints_open"] = True
    app.run()
    assert failures(app) == []
    assert any("run the job tokens" in caption.value for caption in app.caption)
    app = open_page("tune", place, {"constraints": '{"budget":{"max":900,"unit":"tokens"}}'})
    assert any("run tokens" in text.value for text in app.text)


@pytest.mark.slow
def test_a_job_that_ends_while_the_page_is_drawn_is_seen(
    open_page: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = small_workspace(tmp_path, rows=3)
    said = {"pid": os.getpid(), "command": "run", "job": "metrics", "output": "metrics"}
    place.progress.write_text(json.dumps({**said, "state": "running"}))

    def ends(workspace: Workspace) -> dict:
        place.progress.write_text(json.dumps({**said, "state": "done"}))
        return status(workspace)

    monkeypatch.setattr("pages._ui.data_status.status", ends)
    app = open_page("data", place.path, {"part": "Jobs"})
    assert failures(app) == []
    assert not app.button(key="run_metrics").disabled
