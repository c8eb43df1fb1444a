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
    folder: Path, fault: Fault = lambda nth: None, longest: int = 2048, lacks: str | None = None, kind: str = "vllm"
) -> Iterator[Served]:
    """A server of `kind` (vllm, sglang) over the model in `folder`, until the block ends; see `telling`."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    with telling(AutoTokenizer.from_pretrained(folder), model, fault, longest, lacks, kind) as served:
        yield served


@contextlib.contextmanager
def telling(
    tokenizer: Any,
    model: Any,
    fault: Fault = lambda nth: None,
    longest: int = 2048,
    lacks: str | None = None,
    kind: str = "vllm",
) -> Iterator[Served]:
    """/tokenize, and vLLM's /v1/completions or SGLang's /generate, over a real model, until the block ends.

    `longest`: what a prompt and the token after it may have. `lacks`: tokenize, logprobs (an answer without them) or
    the parameter (an error that names it).
    """
    import torch

    lock = threading.Lock()

    def tokenize(body: dict[str, Any]) -> tuple[int, Any]:
        assert body["model"] == MODEL
        ids = tokenizer(body["prompt"], add_special_tokens=body["add_special_tokens"])["input_ids"]
        return 200, {"count": len(ids), "max_model_len": longest if kind == "vllm" else 64, "tokens": ids}

    def likely(ids: list[int]) -> list[float]:
        """The log-probability of each token but the first."""
        with lock, torch.inference_mode():
            made = torch.log_softmax(model(input_ids=torch.tensor([ids])).logits[0].double(), dim=1)
        return [float(made[place, token]) for place, token in enumerate(ids[1:])]

    def complete(body: dict[str, Any]) -> tuple[int, Any]:
        ids = body["prompt"]
        assert (body["model"], body["max_tokens"], body["temperature"]) == (MODEL, 1, 0)
        if lacks == "parameter":
            return 400, {"error": {"message": "Unknown parameter: 'prompt_logprobs'."}}
        if len(ids) + 1 > longest:
            return 400, {"error": {"message": f"maximum context length is {longest} tokens"}}
        told: list[Any] = [None]
        told += [
            {str(token): {"logprob": number, "rank": 1, "decoded_token": "?"}}
            for token, number in zip(ids[1:], likely(ids), strict=True)
        ]
        choice = {"index": 0, "text": "?", "finish_reason": "length", "logprobs": None}
        if lacks != "logprobs" and body.get("prompt_logprobs") == 0:
            choice["prompt_logprobs"] = told
        return 200, {"object": "text_completion", "choices": [choice]}

    def generate(body: dict[str, Any]) -> tuple[int, Any]:
        ids, sampling = body["input_ids"], body["sampling_params"]
        assert sampling == {"max_new_tokens": 0, "temperature": 0}
        if lacks == "parameter":
            return 400, {"error": {"message": "return_logprob is not supported."}}
        if len(ids) >= longest:
            said = f"The input ({len(ids)} tokens) is longer than the model's context length ({longest} tokens)."
            return 400, {"error": {"message": said}}
        told = [[None, ids[0], None]]
        told += [[number, token, None] for token, number in zip(ids[1:], likely(ids), strict=True)]
        about: dict[str, Any] = {"id": "0", "finish_reason": {"type": "length", "length": 0}, "prompt_tokens": len(ids)}
        if lacks != "logprobs" and body["return_logprob"]:
            about["input_token_logprobs"] = told[body["logprob_start_len"] :]
        return 200, {"text": "", "output_ids": [], "meta_info": about}

    paths: dict[str, Answers] = {"/v1/completions": complete} if kind == "vllm" else {"/generate": generate}
    if lacks != "tokenize":
        paths["/tokenize"] = tokenize
    with listening(paths, fault) as served:
        yield served
