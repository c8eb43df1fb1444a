"""Finds and loads a reward model by its hub name or directory: a sequence classifier with one output."""

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from crowdselect.errors import UserError
from precompute.models.embedder import offline
from precompute.models.room import bfloat16_on_gpu, room_of
from precompute.models.scorer import RewardModel, conversation
from precompute.models_file import Scorer

LONGEST = 16_384  # tokens, where neither models.yaml nor the model says less
log = logging.getLogger("precompute")


def load_scorer(spec: Scorer) -> RewardModel:
    """The reward model at `spec.path`, on the GPU where there is one, loaded once a process.

    Weights must be safetensors, and code that comes with them runs only where `remote_code` says so. `dtype` auto is
    bfloat16 on a GPU that has it, and float32 elsewhere. Raises UserError when it cannot be loaded.
    """
    return _load(str(spec.path), spec.revision, spec.remote_code, spec.dtype, spec.max_length)


@lru_cache(maxsize=1)
def _load(path: str, revision: str | None, remote_code: bool, dtype: str, max_length: int | None) -> RewardModel:
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    try:
        return _loaded(path, revision, remote_code, dtype, max_length)
    except UserError:
        raise
    except Exception as error:  # libraries raise all sorts here
        log.exception("reward model %s", path)
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]
        hint = " or unset HF_HUB_OFFLINE to download it" if offline() else ""
        raise UserError(
            f"The reward model {path!r} cannot be loaded ({reason}); give the path of a directory with safetensors"
            f" weights or a name on the hub{hint}."
        ) from None


def _loaded(path: str, revision: str | None, remote_code: bool, dtype: str, max_length: int | None) -> RewardModel:
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    where: dict[str, Any] = {
        "revision": revision,
        "trust_remote_code": remote_code,
        "local_files_only": offline() or Path(path).is_dir(),
    }
    config = AutoConfig.from_pretrained(path, **where)
    if config.num_labels != 1 and not remote_code:
        raise UserError(f"{path!r} gives {config.num_labels} numbers, a reward model one; choose another.")
    tokenizer = load_template(path, revision, remote_code)
    # Gemma 2 caps its attention logits, which only the plain implementation does.
    attention = {"attn_implementation": "eager"} if config.model_type == "gemma2" else {}
    on_gpu = torch.cuda.is_available()
    kind = ("bfloat16" if on_gpu and bfloat16_on_gpu() else "float32") if dtype == "auto" else dtype
    model, info = AutoModelForSequenceClassification.from_pretrained(
        path, dtype=getattr(torch, kind), use_safetensors=True, output_loading_info=True, **where, **attention
    )
    if info["missing_keys"]:
        names = ", ".join(sorted(info["missing_keys"])[:3])
        raise UserError(f"{path!r} is no reward model: its weights lack {names}; choose another.")
    limit = getattr(config, "max_position_embeddings", None) or LONGEST
    if max_length is not None and max_length > limit:
        raise UserError(f"max_length {max_length:,} is more than the {limit:,} tokens that {path!r} can read.")
    _pad(tokenizer, model)
    if on_gpu:
        model = model.to("cuda")
    else:
        torch.set_num_threads(1)  # several passes at a time, one thread each
    return RewardModel(tokenizer, model.eval(), max_length or min(limit, LONGEST), room_of(model, False))


def load_template(path: str, revision: str | None = None, remote_code: bool = False) -> Any:
    """The tokenizer at `path`, which must have a chat template."""
    from transformers import AutoTokenizer

    local = offline() or Path(path).is_dir()
    tokenizer = AutoTokenizer.from_pretrained(
        path, revision=revision, trust_remote_code=remote_code, local_files_only=local
    )
    if not tokenizer.chat_template:
        raise UserError(f"The tokenizer of {path!r} has no chat template, so no conversation can be put to it.")
    return tokenizer


def _pad(tokenizer: Any, model: Any) -> None:
    """Let tokenizer and model agree on a pad token.

    The score is read at the last token that is no padding. So a token that ends every conversation cannot pad, unless
    the model itself was made so.
    """
    if model.config.pad_token_id is not None:
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(model.config.pad_token_id)
    else:
        example = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
        last = tokenizer(conversation(tokenizer, example))["input_ids"][-1]
        named = (tokenizer.pad_token_id, tokenizer.unk_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id, 0)
        known = model.get_input_embeddings().num_embeddings
        number = next(number for number in named if number is not None and number != last and number < known)
        tokenizer.pad_token = tokenizer.convert_ids_to_tokens(number)
        model.config.pad_token_id = number
    tokenizer.padding_side = "right"
