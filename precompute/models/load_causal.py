"""Finds and loads a causal language model by its hub name, directory or GGUF file."""

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from crowdselect.errors import UserError
from precompute.models.causal import CausalModel
from precompute.models.embedder import offline

log = logging.getLogger("precompute")


@lru_cache(maxsize=1)
def load_causal(model: str, dtype: str = "float32") -> CausalModel:
    """The model called `model`, on the GPU where there is one. Weights must be safetensors or GGUF; no code is run.

    Raises UserError when it cannot be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    where: dict[str, Any] = {"trust_remote_code": False, "local_files_only": offline() or Path(model).exists()}
    name, weights = model, {"use_safetensors": True}
    if model.lower().endswith(".gguf"):
        name, where["gguf_file"], weights = str(Path(model).parent), Path(model).name, {}
    try:
        if "gguf_file" in where and not Path(model).is_file():
            raise UserError(f"there is no file {model}")
        tokenizer = AutoTokenizer.from_pretrained(name, **where)
        loaded = AutoModelForCausalLM.from_pretrained(name, dtype=getattr(torch, dtype), **where, **weights).eval()
    except Exception as error:  # libraries raise all sorts here
        log.exception("causal model %s", model)
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
        hint = " or unset HF_HUB_OFFLINE to download it" if offline() else ""
        raise UserError(
            f"The language model {model!r} cannot be loaded ({reason}); set ifd.model to a GGUF file, a directory with"
            f" safetensors weights or a name on the hub{hint}."
        ) from None
    if torch.cuda.is_available():
        loaded = loaded.to("cuda")
    else:
        torch.set_num_threads(1)  # several passes at a time, one thread each
    return CausalModel(tokenizer, loaded, getattr(loaded.config, "max_position_embeddings", None))
