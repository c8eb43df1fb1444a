"""Texts to vectors for a caller that keeps asking: one JSON object a line in, one a line out, until the input ends."""

import sys
from typing import BinaryIO

import orjson

from crowdselect.errors import UserError
from precompute.models.load_embedder import MINILM, load_embedder


def serve(model: str = MINILM, asked: BinaryIO = sys.stdin.buffer, answered: BinaryIO = sys.stdout.buffer) -> None:
    """Answers {"text": …} with {"vector": […]}, or with {"error": …}. The first line out says that it is ready."""
    try:
        embedder = load_embedder(model, gpu=False)  # a text at a time needs none, and others may want it
        _say(answered, {"ready": True})
    except UserError as error:
        _say(answered, {"error": str(error)})
        return
    for line in asked:
        try:
            text = str(orjson.loads(line)["text"])
            _say(answered, {"vector": embedder.embed([text])[0].tolist()})
        except (orjson.JSONDecodeError, KeyError, TypeError):
            _say(answered, {"error": 'A line is an object such as {"text": "how to bake bread"}.'})


def _say(answered: BinaryIO, message: dict[str, object]) -> None:
    answered.write(orjson.dumps(message) + b"\n")
    answered.flush()


if __name__ == "__main__":
    serve(sys.argv[1] if len(sys.argv) > 1 else MINILM)
