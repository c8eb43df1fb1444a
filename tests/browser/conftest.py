"""A browser and servers over the workspaces that the tests look at, each started once."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import browsing
from tests.browser.browsing import Visit
from tests.browser.server import ROOT, serving
from tests.pages.builds import EDGES, plain, publish

Visiting = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if browsing.chromium() is None:
        assert os.environ.get("CI") != "true", "Chromium is missing: its tests must run in CI"
        pytest.skip("no Chromium: install it, or set CHROMIUM=/path/to/chromium")
    with browsing.browser() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """The address of a server over a workspace, started at the first call for it."""
    addresses: dict[Path, str] = {}
    with ExitStack() as servers:

        def serve(workspace: Path) -> str:
            if workspace not in addresses:
                log = tmp_path_factory.mktemp("server") / "log"
                addresses[workspace] = servers.enter_context(serving(workspace, log))
            return addresses[workspace]

        yield serve


@pytest.fixture(scope="session")
def plain_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("plain"), plain(400, 9)).path


@pytest.fixture(scope="session")
def hostile_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(tmp_path_factory.mktemp("hostile"), EDGES["hostile text"]).path


@pytest.fixture(scope="session")
def alpacaeval_workspace(alpacaeval: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real pool with its families, the reference's clusters, and a map."""
    folder = tmp_path_factory.mktemp("alpacaeval")
    reference = alpacaeval / "reference"
    precompute(folder, "ingest", alpacaeval / "zoo.parquet", "--families", alpacaeval / "families.csv", "--no-publish")
    clusters = (
        "attach",
        "clusters",
        reference / "clusters.parquet",
        "--column",
        "k10",
        "--name",
        "k10",
        "--no-publish",
    )
    precompute(folder, *clusters)
    ids = ("--ids", reference / "embeddings_uuids.txt", "--name", "minilm", "--no-publish")
    precompute(folder, "attach", "embeddings", reference / "embeddings.npy", *ids)
    precompute(folder, "run", "project", "metrics", "--set", "project.methods=pca")
    return folder


def precompute(workspace: Path, *arguments: object) -> None:
    command = [sys.executable, "-m", "precompute", *map(str, arguments), "--workspace", str(workspace)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
