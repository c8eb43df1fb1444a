"""What TRL makes of bundles: TOKENIZER FOLDER...; prints {folder: {configs, rows}}, rows under the chat template."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, PreTrainedTokenizerBase
from trl import (
    DatasetMixtureConfig,
    DPOConfig,
    KTOConfig,
    ModelConfig,
    ScriptArguments,
    SFTConfig,
    TrlParser,
    get_dataset,
)
from trl.data_utils import is_conversational, maybe_apply_chat_template

TRAINERS = {"sft": SFTConfig, "dpo": DPOConfig, "kto": KTOConfig}
HERE = ["--bf16", "false", "--use_cpu", "true"]  # what a machine without an accelerator cannot do


def reads(folder: Path, tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """The config as `trl METHOD --config` takes it, and the rows of the data that it names."""
    (file,) = folder.glob("trl_*.yaml")
    method = file.stem.removeprefix("trl_")
    parser = TrlParser((ScriptArguments, TRAINERS[method], ModelConfig, DatasetMixtureConfig))
    os.chdir(folder)  # where the command is run
    _, training, model, mixture = parser.parse_args_and_config(["--config", file.name, *HERE])
    rows = list(get_dataset(mixture)["train"])
    assert all(is_conversational(row) for row in rows)
    return {
        "configs": {file.name: [model.model_name_or_path, method, training.max_length]},
        "rows": [maybe_apply_chat_template(row, tokenizer) for row in rows],
    }


if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
    print(json.dumps({folder: reads(Path(folder), tokenizer) for folder in sys.argv[2:]}))
