"""Fixtures that every test may use."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# CHECK=1 (make check) looks at fewer examples.
settings.register_profile("crowdselect", deadline=None, max_examples=25 if os.environ.get("CHECK") else 100)
settings.load_profile("crowdselect")

ROOT = Path(__file__).resolve().parent.parent
# Where several processes test (--dist loadgroup), one of them has all tests whose name has such a part: they share what
# takes long to make: a Ray cluster, a workspace, a model, compiled loops.
TOGETHER = {
    "unit/ray_engine/": "ray",
    "golden/test_command_line.py": "command line",
    "golden/test_comparison.py": "comparison",
    "golden/test_ifd.py": "SmolLM2",
    "unit/test_project.py": "map layouts",
    "demo_workspace": "demo",
    "test_by_meaning": "demo",
    "alpacaeval_workspace": "alpacaeval",
    "browser/test_compare_real.py": "alpacaeval",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """By name: the marks of pytest-xdist 3.8 do not reach its own scheduler under pytest 9.2."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((group for part, group in TOGETHER.items() if part in nodeid), nodeid)

    return Together(config, log)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout. It is not distributed, so tests that need it skip elsewhere."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        assert os.environ.get("CI") != "true", f"{folder} is missing: its tests must run in CI"
        pytest.skip(f"{folder} holds non-distributable test data and is not on this machine")
    return folder


@pytest.fixture(scope="session")
def alpacaeval(shared: Path) -> Path:
    """The real pool: 21 models x 805 instructions with golden results."""
    return shared / "data" / "alpacaeval"


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real demo, built once by its own command."""
    folder = tmp_path_factory.mktemp("demo") / "workspace"
    command = [sys.executable, "-m", "precompute", "demo", "--workspace", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.fixture
def old_workspace(tmp_path: Path) -> Path:
    """A folder with `workspace/` of schema 1 and the `exports/` made of it; see tests/data/workspace-1/README.md."""
    with tarfile.open(ROOT / "tests" / "data" / "workspace-1" / "workspace.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path
