"""Fixtures that every test may use."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# CHECK=1 (make check) looks at fewer examples.
settings.register_profile("crowdselect", deadline=None, max_examples=25 if os.environ.get("CHECK") else 100)
settings.load_profile("crowdselect")

ROOT = Path(__file__).resolve().parent.parent


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
