"""Scoring servers of two dialects on 127.0.0.1, over a real reward model, with faults by the number of the call.

`listening` is such a server over any answers.
"""

import contextlib
import json
import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

Fault = Callable[[int], str | None]  # the number of a call -> what goes wrong: 500, 429, half, nan, gone
Answers = Callable[[dict[str, Any]], tuple[int, Any]]  # a call's body -> a status and a reply


@dataclass
class Served:
    """A running server: its address and the bodies of all calls."""

    address: str
    calls: list[dict[str, Any]] = field(default_factory=list)


@contextlib.contextmanager
def serving(folder: Path, dialect: str, fault: Fault = lambda nth: None, limit: int = 400) -> Iterator[Served]:
    """A server of `dialect` (vllm, sglang) over the reward model in `folder`, until the block ends."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    lock = threading.Lock()

    def score(ids: list[int]) -> float:
        with lock, torch.inference_mode():
            return float(model(input_ids=torch.tensor([ids])).logits[0][0])

    def classify(body: dict[str, Any]) -> tuple[int, Any]:
        if dialect == "vllm":
            text = tokenizer.apply_chat_template(
                body["messages"], tokenize=False, add_generation_prompt=body.get("add_generation_prompt", True)
            )
            ids = tokenizer(text, add_special_tokens=body.get("add_special_tokens", False))["input_ids"]
        else:
            ids = tokenizer(body["text"][0])["input_ids"]
        if len(ids) > limit:
            return 400, {"error": {"message": f"maximum context length is {limit} tokens"}}
        value = score(ids)
        if dialect == "sglang":
            return 200, [{"embedding": [value], "meta_info": {}}]
        raw = body.get("use_activation") is False
        probs = [value if raw else 1 / (1 + math.exp(-value))]
        return 200, {"object": "list", "data": [{"index": 0, "label": "LABEL_0", "probs": probs, "num_classes": 1}]}

    with listening({"/classify": classify}, fault) as served:
        yield served


@contextlib.contextmanager
def listening(paths: dict[str, Answers], fault: Fault = lambda nth: None) -> Iterator[Served]:
    """A server that answers POST at `paths`, until the block ends."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                served.calls.append(body)
                nth = len(served.calls)
            wrong = fault(nth)
            status, reply = 404, {"detail": "Not Found"}
            if wrong in ("500", "429", "404"):
                status, reply = int(wrong), {"error": "busy"}
            elif self.path in paths:
                status, reply = paths[self.path](body)
            data = json.dumps(reply).encode()
            if wrong == "half":
                data = data[: len(data) // 2]
            if wrong == "nan":
                status, data = 200, b'[{"embedding": [NaN]}]'
            if wrong == "gone":
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            if wrong == "429":
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Served(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
