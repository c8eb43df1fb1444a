"""Finds and loads a causal language model by its hub name, directory or GGUF file."""

import contextlib
import logging
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from crowdselect.errors import UserError
from precompute.models.causal import CausalModel
from precompute.models.embedder import offline
from precompute.models.room import room_of

log = logging.getLogger("precompute")


@lru_cache(maxsize=1)
def load_causal(model: str, dtype: str = "float32") -> CausalModel:
    """The model called `model`, on the GPU where there is one. Weights must be safetensors or GGUF; no code is run.

    Raises UserError when it cannot be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM

    tokenizer = load_tokenizer(model)
    name, where = _place(model)
    weights = {} if "gguf_file" in where else {"use_safetensors": True}
    with _said(f"The language model {model!r}", "a GGUF file, a directory with safetensors weights"):
        loaded = AutoModelForCausalLM.from_pretrained(name, dtype=getattr(torch, dtype), **where, **weights).eval()
    if torch.cuda.is_available():
        loaded = loaded.to("cuda")
    else:
        torch.set_num_threads(1)  # several passes at a time, one thread each
    return CausalModel(
        tokenizer, loaded, getattr(loaded.config, "max_position_embeddings", None), room_of(loaded, True)
    )


@lru_cache(maxsize=4)
def load_tokenizer(model: str) -> Any:
    """The tokenizer called `model`: a hub name, a directory or a GGUF file. Raises UserError."""
    from transformers import AutoTokenizer

    with _said(f"The tokenizer of {model!r}", "a GGUF file, a directory with a tokenizer"):
        name, where = _place(model)
        return AutoTokenizer.from_pretrained(name, **where)


def _place(model: str) -> tuple[str, dict[str, Any]]:
    """What transformers calls it, and where it may look."""
    where: dict[str, Any] = {"trust_remote_code": False, "local_files_only": offline() or Path(model).exists()}
    if not model.lower().endswith(".gguf"):
        return model, where
    if not Path(model).is_file():
        raise UserError(f"there is no file {model}")
    return str(Path(model).parent), where | {"gguf_file": Path(model).name}


@contextlib.contextmanager
def _said(what: str, right: str) -> Iterator[None]:
    """Any failure to load as one line that says what would be right."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    try:
        yield
    except Exception as error:  # libraries raise all sorts here
        log.exception("%s", what)
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
        hint = " or unset HF_HUB_OFFLINE to download it" if offline() else ""
        raise UserError(f"{what} cannot be loaded ({reason}); give {right} or a name on the hub{hint}.") from None
