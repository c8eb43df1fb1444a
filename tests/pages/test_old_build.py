"""A build of schema 1, which an earlier version published: every page shows it, and what it says of answers."""

from pathlib import Path

import pytest

from tests.pages.conftest import Open, failures

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("page", ["overview", "map", "browse", "data"])
def test_every_page_opens_it(open_page: Open, old_workspace: Path, page: str) -> None:
    app = open_page(page, old_workspace / "workspace", {"rm": "rm-a", "metrics": "ifd", "w_ifd": "1"})
    assert failures(app) == []


def test_what_was_measured_of_other_answers_is_said_to_be_missing(open_page: Open, old_workspace: Path) -> None:
    app = open_page("tune", old_workspace / "workspace", {"rm": "rm-a", "metrics": "ifd", "w_ifd": "1"})
    said = [caption.value for caption in app.caption if "ifd is missing for" in caption.value]
    assert len(said) == 1
    assert "ifd is missing for 30 of 52 exported answers" in said[0]
    assert failures(app) == []
