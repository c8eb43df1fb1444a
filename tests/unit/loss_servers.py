"""A server on 127.0.0.1 that counts tokens and tells the log-probabilities of a prompt, over a real causal model."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.unit.score_servers import Answers, Fault, Served, listening

MODEL = "tiny"


@contextlib.contextmanager
def measuring(
    folder: Path, fault: Fault = lambda nth: None, longest: int = 2048, lacks: str | None = None
) -> Iterator[Served]:
    """vLLM's /tokenize and /v1/completions over the model in `folder`, until the block ends; one of the two may lack.

    `longest`: what a prompt and the token after it may have. `lacks`: tokenize, prompt_logprobs (an answer without
    them) or the parameter (an error that names it).
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    lock = threading.Lock()

    def tokenize(body: dict[str, Any]) -> tuple[int, Any]:
        assert body["model"] == MODEL
        ids = tokenizer(body["prompt"], add_special_tokens=body["add_special_tokens"])["input_ids"]
        return 200, {"count": len(ids), "max_model_len": longest, "tokens": ids}

    def complete(body: dict[str, Any]) -> tuple[int, Any]:
        ids = body["prompt"]
        assert (body["model"], body["max_tokens"], body["temperature"]) == (MODEL, 1, 0)
        if lacks == "parameter":
            return 400, {"error": {"message": "Unknown parameter: 'prompt_logprobs'."}}
        if len(ids) + 1 > longest:
            return 400, {"error": {"message": f"maximum context length is {longest} tokens"}}
        with lock, torch.inference_mode():
            likely = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0].double(), dim=1)
        told: list[Any] = [None]
        told += [
            {str(token): {"logprob": float(likely[place, token]), "rank": 1, "decoded_token": "?"}}
            for place, token in enumerate(ids[1:])
        ]
        choice = {"index": 0, "text": "?", "finish_reason": "length", "logprobs": None}
        if lacks != "prompt_logprobs" and body.get("prompt_logprobs") == 0:
            choice["prompt_logprobs"] = told
        return 200, {"object": "text_completion", "choices": [choice]}

    paths: dict[str, Answers] = {"/v1/completions": complete}
    if lacks != "tokenize":
        paths["/tokenize"] = tokenize
    with listening(paths, fault) as served:
        yield served
