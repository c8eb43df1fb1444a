"""A workspace that an earlier version made: what is in it, and that it still opens."""

import json
from pathlib import Path

import pytest

from crowdselect.export.manifest import Manifest
from crowdselect.export.replay import remade
from crowdselect.store import Workspace, load_pool, open_build, open_pool
from crowdselect.store.content import TABLES, digest
from precompute.cli import main


def test_a_build_of_schema_1_opens(old_workspace: Path) -> None:
    build = open_build(Workspace.of(old_workspace / "workspace"))
    pool = load_pool(build)
    build.close()
    assert (len(pool), len(pool.models), sorted(pool.scores)) == (56, 7, ["rm-a", "rm-b", "rm-c"])


def test_every_recipe_has_its_export_and_its_manifest(old_workspace: Path) -> None:
    recipes = sorted((old_workspace / "exports").glob("*.yaml"))
    assert len(recipes) == 64
    for recipe in recipes:
        manifest = json.loads(recipe.with_suffix(".manifest.json").read_text())
        assert manifest["manifest_version"] == 1
        assert manifest["rows"] == len(recipe.with_suffix(".jsonl").read_bytes().splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("migrated", [False, True], ids=["as it was", "migrated"])
def test_its_exports_replay_to_the_byte_or_name_the_method(old_workspace: Path, migrated: bool) -> None:
    workspace = Workspace.of(old_workspace / "workspace")
    if migrated:
        assert main(["run", "metrics", "--workspace", str(workspace.path)]) == 0
    build, pool = open_pool(workspace)
    changed = {}
    for path in sorted((old_workspace / "exports").glob("*.manifest.json")):
        recorded = Manifest.read(path)
        found = remade(recorded, build, pool, workspace, path.parent / recorded.file)
        if found.differences:
            changed[path.name.removesuffix(".manifest.json")] = found.differences
    build.close()
    assert sorted(changed) == ["budget-clusters", "weighted-disagreement", "weighted-ensemble", "weighted-irt"]
    methods = ["constraints 2", "z_scores 2", "z_scores 2", "item_response 2"]
    for (name, differences), method in zip(sorted(changed.items()), methods, strict=True):
        assert any(f"made before {method}" in said for said in differences), (name, differences)
        assert not any("signals" in said for said in differences), "what moved to answers is no difference"


def test_the_digests_of_an_old_build_are_made_again_as_they_were(old_workspace: Path) -> None:
    build = open_build(Workspace.of(old_workspace / "workspace"))
    recorded = build.digests()
    for table in TABLES:
        assert digest(build.query, table) == recorded[table]
    build.close()
