"""A workspace that an earlier version made: what is in it, and that it still opens."""

import json
from pathlib import Path

from crowdselect.store import Workspace, open_build
from crowdselect.store.pool import load_pool


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
