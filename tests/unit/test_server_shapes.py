"""What servers in the wild put where an answer should stand: read, refused in their own words, or asked again."""

from collections.abc import Iterator

import pytest

from precompute.models.endpoint import Endpoint
from precompute.models.endpoint_answer import CallFailed
from precompute.models.score_server import ScoreServer
from precompute.models_file import Chat, Scorer
from tests.openai_server import Running, serving
from tests.server_shapes import OVERLOADED, THOUGHT
from tests.unit.score_servers import listening

pytestmark = pytest.mark.slow  # a server at work


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving() as running:
        yield running


def ask(server: Running, model: str) -> Endpoint:
    return Endpoint(Chat(base_url=server.base_url, model=model, retries=1))


def calls(server: Running) -> int:
    return sum(server.stats()["asked"].values())


@pytest.mark.parametrize(
    ("model", "reasoning"),
    [("thinks", THOUGHT), ("thinks without its opening tag", THOUGHT), ("thinks apart", THOUGHT),
     ("thinks in parts", THOUGHT), ("no finish", None), ("no index", None)],
)  # fmt: skip
def test_an_answer_in_every_shape(server: Running, model: str, reasoning: str | None) -> None:
    answer = ask(server, model).ask([{"role": "user", "content": "The capital?"}])
    assert (answer.text, answer.reasoning) == ("Paris.", reasoning)


@pytest.mark.parametrize(
    ("model", "says", "tries"),
    [
        ("reasoning only", rf"all came as reasoning_content .*reasoning parser.*max_tokens: '{THOUGHT}'", 1),
        ("reasoning only, cut", rf"all came as reasoning_content .*raise max_tokens: '{THOUGHT}'", 1),
        ("thinks and is cut", rf"never closed.*raise max_tokens: '{THOUGHT}'", 1),
        ("thinks and says nothing", rf"nothing came after its thinking.*'{THOUGHT}'", 1),
        ("refuses", r"the model refuses: \"I can't help with that.\"", 1),
        ("refuses in parts", r"the model refuses: \"I can't help with that.\"", 1),
        ("calls a tool", r"the model calls a tool \(find\) and answers nothing; offer it none", 1),
        ("error 400 in 200", "^context too long$", 1),
        ("error in a choice", "^status 400: bad prompt$", 1),
        ("error 502 in 200", f"^status 502: {OVERLOADED}", 2),
        ("detail in 200", "^Service Unavailable", 2),
        ("overload in 200", f"^{OVERLOADED}", 2),
    ],
)
def test_no_answer_in_its_own_words_and_paid_once(server: Running, model: str, says: str, tries: int) -> None:
    before = calls(server)
    with pytest.raises(CallFailed, match=says):
        ask(server, model).ask([{"role": "user", "content": "The capital?"}])
    assert calls(server) - before == tries


def test_a_status_comes_with_the_servers_own_message(server: Running) -> None:
    with pytest.raises(CallFailed, match=r"^status 400: too long: Bearer \*\*\*$|^status 400: too long: Bearer none$"):
        ask(server, "too long").ask([{"role": "user", "content": "Why?"}])


@pytest.mark.parametrize(
    ("body", "says", "tries"),
    [
        ({"error": {"message": OVERLOADED, "code": 502}}, f"status 502: {OVERLOADED}", 2),
        ({"object": "error", "message": "no such task", "code": 400}, "^status 400: no such task$", 1),
    ],
)
def test_an_error_of_a_scoring_server_is_one_too(body: dict, says: str, tries: int) -> None:
    with listening({"/classify": lambda _: (200, body)}) as served:
        scorer = ScoreServer(Scorer(name="rm", kind="vllm", base_url=served.address, retries=1))
        with pytest.raises(CallFailed, match=says):
            scorer.score("Why?", "So.")
        assert len(served.calls) == tries
