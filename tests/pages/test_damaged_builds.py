"""A newest build that cannot be used: every page goes on with the one before, and says so; mended, it is used."""

from pathlib import Path

import duckdb
import pytest

from tests.pages.builds import plain, publish
from tests.pages.conftest import Open, failures, numbers


@pytest.mark.parametrize("page", ["tune", "overview"])
def test_the_build_before_serves_and_a_mended_one_again(page: str, open_page: Open, tmp_path: Path) -> None:
    publish(tmp_path, plain(), "0001")
    workspace = publish(tmp_path, plain(rows=30), "0002")
    whole = workspace.build("0002").read_bytes()
    with duckdb.connect(workspace.build("0002")) as db:
        db.execute("UPDATE score_values SET iid = 77 WHERE iid = 4")  # found when the pool is loaded
    app = open_page(page, tmp_path)
    assert failures(app) == ["Something needs your attention"]
    [said] = [text.value for text in app.text if "Build 0002" in text.value]
    assert said.endswith("Build 0001 is used instead.")
    assert str(tmp_path) not in said
    assert any("60 rows" in element.value for element in app.markdown)
    workspace.build("0002").write_bytes(whole)
    app.run()
    assert failures(app) == []
    assert any("30 rows" in element.value for element in app.markdown)
    assert numbers(app)


def test_a_damaged_current_is_no_empty_workspace(open_page: Open, tmp_path: Path) -> None:
    workspace = publish(tmp_path, plain())
    workspace.current.write_bytes(b"\xff\xfe")
    app = open_page("overview", tmp_path)
    assert [text.value for text in app.text if "CURRENT names no build" in text.value]
    assert any("60 rows" in element.value for element in app.markdown)
