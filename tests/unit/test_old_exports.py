"""Of an earlier version's exports, replay names the methods that would move each today, and no other."""

from pathlib import Path

import pytest

from crowdselect.cli import main
from crowdselect.export.manifest import Manifest
from crowdselect.export.replay import remade
from crowdselect.methods import METHODS, methods_of
from crowdselect.store import Workspace, load_pool, open_build

SIGNALS = ("budget-tokens", "budget-tokens-rm-b", "direct_score-bottom", "direct_score-top", "ifd", "ifd_ppl",
           "matched_random-tokens", "weighted-ifd")  # fmt: skip
STREAMS = ("core", "core-families", "matched_random", "matched_random-tokens", "preference-random-both", "random-both",
           "random-response", "random-top-k")  # fmt: skip
MOVED = {
    **{name: {"signals"} for name in SIGNALS},
    **{name: {"streams", "signals"} if name in SIGNALS else {"streams"} for name in STREAMS},
    "core": {"streams", "resamples"},
    "preference-kth": {"rounding"},  # a margin of 0.5 is met by 0.5, which was a rounding error less
    "budget-clusters": {"constraints"},
    "weighted-disagreement": {"z_scores"},
    "weighted-ensemble": {"z_scores"},
    "weighted-irt": {"item_response"},
}


def named(sentences: list[str]) -> set[str]:
    """The methods that they name."""
    return {name for name in METHODS for said in sentences if f"{name} {METHODS[name].version} (" in said}


@pytest.mark.slow
def test_every_export_is_the_same_by_its_methods_and_those_that_would_move_it_are_named(old_workspace: Path) -> None:
    workspace = Workspace.of(old_workspace / "workspace")
    build = open_build(workspace)
    pool = load_pool(build)
    gone = {name for name, version in methods_of({}).items() if version != 1}
    found = {}
    for file in sorted((old_workspace / "exports").glob("*.manifest.json")):
        recorded = Manifest.read(file)
        again = remade(recorded, build, pool, workspace, file.with_name(recorded.file))
        methods = named([*again.differences, *again.moved_by])
        assert not again.differences or methods <= gone, (recorded.file, again.differences)
        if methods:
            found[recorded.file.removesuffix(".jsonl")] = methods
    assert found == MOVED


@pytest.mark.parametrize("name", ["random-both", "weighted"])
def test_the_command_says_so(name: str, old_workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--workspace", str(old_workspace / "workspace")]
    assert main(["replay", str(old_workspace / "exports" / f"{name}.manifest.json"), *at]) == 0
    said = capsys.readouterr().out
    assert "byte-identical on build 0001" in said
    assert ("Today it would be chosen otherwise, by streams 2 (" in said) == (name == "random-both")
