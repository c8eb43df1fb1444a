"""Asks for the vector of a text. The model lives in a process of its own, so that the app never loads one."""

import os
import subprocess
import sys
import threading

import numpy as np
import orjson

from crowdselect.errors import UserError
from crowdselect.settings import ROOT

MOST_CHARACTERS = 2_000


class Encoder:
    """A running `python -m precompute.encode MODEL`; it ends with the process that made it. Safe between threads."""

    def __init__(self, model: str) -> None:
        self.model = model
        self._lock = threading.Lock()
        self._process = subprocess.Popen(  # noqa: S603  the model's name is one argument, never a shell's word
            [sys.executable, "-m", "precompute.encode", model],
            cwd=ROOT,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._ready = False

    def vector(self, text: str) -> np.ndarray:
        """(d,) float32, of length 1 where the model normalises. The first call waits until the model is loaded."""
        with self._lock:
            if not self._ready:
                self._answer()
                self._ready = True
            self._ask({"text": text[:MOST_CHARACTERS]})
            return np.asarray(self._answer()["vector"], dtype=np.float32)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """Ends the process."""
        if self._process.stdin:
            self._process.stdin.close()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.kill()
        self._process.wait()

    def _ask(self, message: dict[str, str]) -> None:
        try:
            assert self._process.stdin is not None  # noqa: S101  it was opened as a pipe
            self._process.stdin.write(orjson.dumps(message) + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise UserError(f"The process of the embedder {self.model!r} has ended; search again.") from None

    def _answer(self) -> dict[str, list[float]]:
        assert self._process.stdout is not None  # noqa: S101
        line = self._process.stdout.readline()
        if not line:
            raise UserError(f"The process of the embedder {self.model!r} has ended; search again.")
        message = orjson.loads(line)
        if "error" in message:
            raise UserError(message["error"])
        return message
