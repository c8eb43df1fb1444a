"""`precompute models`: what a models.yaml says, without a key in it, and the copy that is kept."""

import json
from pathlib import Path

import pytest

from precompute.cli import main
from precompute.models_file import read_models

TEXT = """
models:
  - {name: small, base_url: "http://localhost:1/v1", api_key_env: MY_KEY, params: {temperature: 0.5, key: sk-inside}}
  - {name: mine, path: weights/x.gguf}
reward_models: [{name: rm, path: owner/hub-name}]
judge: {base_url: "http://localhost:2/v1", model: grader, api_key_env: NOT_SET}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "x.gguf").write_bytes(b"")
    made = tmp_path / "mine.yaml"
    made.write_text(TEXT)
    return made


def test_who_does_what_and_no_key(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-of-mine")
    monkeypatch.delenv("NOT_SET", raising=False)
    assert main(["models", str(file), "--json"]) == 0
    out = capsys.readouterr().out
    assert "sk-" not in out
    said = json.loads(out)
    assert said["jobs"] == ["generate", "reward", "judge"]
    rows = {row["name"]: row for row in said["entries"]}
    assert rows["small"]["params"] == {"temperature": 0.5}
    assert [(rows[name]["key"], rows[name]["key_set"]) for name in ("small", "mine", "grader")] == [
        ("MY_KEY", True),
        (None, None),
        ("NOT_SET", False),
    ]
    assert rows["mine"]["where"] == str(tmp_path / "weights" / "x.gguf")
    assert main(["models", str(file)]) == 0
    assert "judge    grader: http://localhost:2/v1, key NOT_SET (not set here)" in capsys.readouterr().out


def test_the_kept_file_means_the_same_from_anywhere(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    kept = tmp_path / "elsewhere" / "models.yaml"
    assert main(["models", str(file), "--out", str(kept)]) == 0
    assert read_models(kept) == read_models(file)


@pytest.mark.parametrize(
    ("ifd", "name", "where"),
    [
        ("base_url: 'http://localhost:3/v1', model: small, api_key_env: NOT_SET", "small", "http://localhost:3/v1"),
        ("model: owner/hub-name", "hub-name", "owner/hub-name"),
    ],
)
def test_where_ifd_is_measured(
    ifd: str, name: str, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models.yaml").write_text(f"ifd: {{{ifd}}}")
    assert main(["models", str(tmp_path / "models.yaml"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["entries"]
    assert (row["job"], row["name"], row["where"]) == ("ifd", name, where)
    assert (row["key"] == "NOT_SET") == ("NOT_SET" in ifd)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models: [{name: a, base_url: 'http://x/v1', api_key: sk-secret}]", "unknown key 'models.0.api_key'"),
        ("models: [{name: a, base_url: 'http://x/v1', api_key_env: sk-secret-1}]", "models.0.api_key_env"),
        ("models: [\nsk-secret: {", "it is not YAML"),
        ("{}", "it names no model"),
    ],
)
def test_a_wrong_file_is_a_line_and_is_not_kept(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    kept = tmp_path / "models.yaml"
    kept.write_text("before")
    assert main(["models", str(tmp_path / "mine.yaml"), "--out", str(kept)]) == 1
    error = capsys.readouterr().err
    assert message in error
    assert "sk-secret" not in error
    assert error.count("\n") == 1
    assert kept.read_text() == "before"
