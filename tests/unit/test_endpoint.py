"""One call: what is tried again, what is not, what stops the run, and whose answer it is. A real server answers."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from crowdselect.errors import UserError
from precompute.models.endpoint import Endpoint
from precompute.models.endpoint_answer import Answer, CallFailed, HalfAnswer, answer_of
from precompute.models.score_server import ScoreServer
from precompute.models.tries import retry_after, wait_for
from precompute.models_file import Chat, Scorer
from tests.openai_server import Running, payload_key, serving, set_answer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving() as running:
        yield running


def question(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


def test_an_answer_and_what_was_sent(server: Running) -> None:
    chat = Chat(base_url=server.base_url, model="m", params={"temperature": 0.5, "top_k": 3})
    answer = Endpoint(chat).ask(question("Why?"))
    sent = {"model": "m", "messages": question("Why?"), "temperature": 0.5, "top_k": 3}
    assert answer == Answer("m on: Why?", "stop", answer.tokens_in, 3)
    assert server.stats()["answered"][payload_key(sent)] == 1


def test_no_key_is_sent_that_was_not_named(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-server")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-another-server")
    monkeypatch.setenv("MY_KEY", "sk-mine")
    Endpoint(Chat(base_url=server.base_url, model="m")).ask(question("1"))
    assert not {"Bearer sk-of-another-server", "org-of-another-server"} & set(server.stats()["keys"])
    Endpoint(Chat(base_url=server.base_url, model="m", api_key_env="MY_KEY")).ask(question("2"))
    assert server.stats()["keys"]["Bearer sk-mine"] == 1
    with pytest.raises(UserError, match="set the environment variable NO_SUCH_KEY"):
        Endpoint(Chat(base_url=server.base_url, model="m", api_key_env="NO_SUCH_KEY"))


@pytest.mark.parametrize(("model", "says"), [("forbidden", "refuses the key"), ("unknown", "knows no such model")])
def test_what_no_call_can_mend_stops_the_run_at_once(
    server: Running, monkeypatch: pytest.MonkeyPatch, model: str, says: str
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-mine-too")
    endpoint = Endpoint(Chat(base_url=server.base_url, model=model, api_key_env="MY_KEY"))
    with pytest.raises(UserError, match=says) as error:
        endpoint.ask(question("Why?"))
    assert "check base_url" in str(error.value)
    assert "MY_KEY" in str(error.value)
    assert "sk-mine-too" not in str(error.value)
    asked = server.stats()["keys"]["Bearer sk-mine-too"]
    with pytest.raises(UserError):
        endpoint.ask(question("Why not?"))
    assert server.stats()["keys"]["Bearer sk-mine-too"] == asked


def test_a_bad_question_is_refused_alone(server: Running) -> None:
    endpoint = Endpoint(Chat(base_url=server.base_url, model="too long"))
    for _ in range(30):
        with pytest.raises(CallFailed, match=r"status 400: .*too long"):
            endpoint.ask(question("Why?"))


def test_a_server_that_fails_and_fails_stops_the_run(server: Running) -> None:
    endpoint = Endpoint(Chat(base_url=server.base_url, model="broken", retries=0))
    for _ in range(19):
        with pytest.raises(CallFailed, match="status 500"):
            endpoint.ask(question("Why?"))
    with pytest.raises(UserError, match=r"does not answer .*answers that came are kept"):
        endpoint.ask(question("Why?"))


def test_nobody_there() -> None:
    endpoint = Endpoint(Chat(base_url="http://127.0.0.1:9/v1", model="m", retries=1))
    with pytest.raises(UserError, match="does not answer"):
        endpoint.ask(question("Why?"))


@pytest.mark.slow
def test_every_fault_is_got_over_and_every_answer_is_ones_own() -> None:
    with serving("--faults", "0.4", "--seed", "9") as server, ThreadPoolExecutor(8) as pool:
        endpoint = Endpoint(Chat(base_url=server.base_url, model="m", timeout=1, retries=40))
        texts = [f"Why {number}?" for number in range(60)]
        answers = list(pool.map(lambda text: endpoint.ask(question(text)).text, texts))
        stats = server.stats()
    assert answers == [set_answer({"model": "m", "messages": question(text)}) for text in texts]
    assert set(stats["faults"]) == {"429", "500", "half body", "half JSON", "no end", "late", "twice", "timeout"}


@contextlib.contextmanager
def dripping(head: bytes) -> Iterator[str]:
    """The address of a server that says `head` and then a byte every 50 milliseconds, for ever."""
    listening = socket.create_server(("127.0.0.1", 0))

    def drip(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(4096)
            connection.sendall(head)
            while True:
                time.sleep(0.05)
                connection.sendall(b"x")

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=drip, args=(listening.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 X\r\nContent-Length: 90000\r\n\r\n", b"HTTP/1.1 200 X\r\nX-Long: "])
def test_an_answer_that_drips_ends_when_the_time_of_one_try_is_over(head: bytes) -> None:
    with dripping(head) as address:
        chat = Endpoint(Chat(base_url=f"{address}/v1", model="m", timeout=0.3, retries=1))
        scorer = ScoreServer(Scorer(name="rm", kind="vllm", base_url=address, timeout=0.3, retries=1))
        for call in (lambda: chat.ask(question("Why?")), lambda: scorer.score("Why?", "So.")):
            began = time.monotonic()
            with pytest.raises(CallFailed, match=r"no whole answer within 0.3 s \(after 2 tries\)"):
                call()
            assert time.monotonic() - began < 5


def test_retry_after_is_honoured_with_jitter() -> None:
    soon = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 30))
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after": "7", "retry-after-ms": "1500"}) == 1.5
    assert 25 < (retry_after({"retry-after": soon}) or 0) <= 30
    assert retry_after({}) is None
    assert retry_after({"retry-after": "-3"}) is None
    assert retry_after({"retry-after": "soon"}) is None

    class State:
        attempt_number = 3

        class outcome:  # noqa: N801  as tenacity calls it
            @staticmethod
            def exception() -> Exception:
                return error

    error: Exception = HalfAnswer()
    error.wait = 7.0  # type: ignore[attr-defined]
    waits = {wait_for(State) for _ in range(50)}
    assert all(7 <= wait <= 7.5 for wait in waits)
    assert len(waits) > 40
    error.wait = None  # type: ignore[attr-defined]
    assert all(0 <= wait_for(State) <= 2 for _ in range(50))


def completion(**changes: object) -> dict:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}
    return {"choices": [choice | changes], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}


@pytest.mark.parametrize(
    "body",
    [
        None, [], {}, {"choices": None}, {"choices": []}, {"choices": ["x"]}, completion(message=None),
        completion(message={}), completion(finish_reason="abort"), completion(index=1),
        completion(message={"content": None}), completion(message={"content": [{"type": "image_url"}]}),
    ],
)  # fmt: skip
def test_half_answers_are_asked_for_again(body: object) -> None:
    with pytest.raises(HalfAnswer):
        answer_of(body)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (completion(message={"content": " \n"}), "an empty answer"),
        (completion(message={"content": None, "refusal": "no"}), "the model refuses: 'no'"),
        (completion(message={"content": ""}, finish_reason="length"), "raise max_tokens"),
        (completion(finish_reason="content_filter"), "content filter"),
        (completion(message={"content": "\ud800"}), "half a character"),
    ],
)
def test_answers_that_are_none_are_not(body: object, says: str) -> None:
    with pytest.raises(CallFailed, match=says):
        answer_of(body)


def test_usage_may_be_missing_or_nonsense() -> None:
    assert answer_of(completion() | {"usage": None}).tokens_in is None
    assert answer_of(completion() | {"usage": {"prompt_tokens": "3", "completion_tokens": -1}}).tokens_out is None
    assert answer_of(completion()) == Answer("Yes.", "stop", 3, 2)
    cut = answer_of(completion(finish_reason="length"))
    assert (cut.text, cut.finish) == ("Yes.", "length")
