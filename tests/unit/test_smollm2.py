"""SmolLM2-135M-Instruct at work: behind a server, and as local weights in the same job."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.openai_server import Running, serving
from tests.smollm2 import folder
from tests.unit.asking import Asking

pytestmark = pytest.mark.slow

TEXTS = ("Name the capital of France.", "Write one sentence about the sea.")


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving("--smollm2") as running:
        yield running


def test_local_weights_answer_through_the_same_job(tmp_path: Path, server: Running) -> None:
    asking = Asking(tmp_path, server, TEXTS)
    greedy = {
        "name": "greedy",
        "family": "smollm2",
        "params_b": 0.135,
        "path": str(folder()),
        "params": {"max_tokens": 12},
    }
    hot = greedy | {"name": "hot", "params": {"max_tokens": 12, "temperature": 1.2, "seed": 3}}
    remote = {"name": "remote", **asking.place("smollm2", params={"max_tokens": 12}, timeout=300)}
    asking.models(models=[greedy, hot, remote])
    assert asking.run("generate") == 0
    rows = asking.rows("SELECT uuid, model, response, extra FROM responses ORDER BY ALL")
    texts = {name: {row["uuid"]: row["response"] for row in rows if row["model"] == name} for name in ("greedy", "hot")}
    assert texts["greedy"] == {row["uuid"]: row["response"] for row in rows if row["model"] == "remote"}
    assert texts["hot"] != texts["greedy"]
    (tmp_path / "again").mkdir()
    again = Asking(tmp_path / "again", server, TEXTS[::-1])  # a sampled answer follows from its seed alone
    again.models(models=[hot])
    assert again.run("generate") == 0
    assert {row["uuid"]: row["response"] for row in again.rows("FROM responses")} == texts["hot"]
