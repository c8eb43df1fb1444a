"""What LLaMA-Factory makes of bundles: FOLDER...; prints {folder: {configs, rows: [[prompt, answer, ...]]}}."""

import json
import os
import sys
import types
from pathlib import Path
from typing import Any

os.environ["DISABLE_VERSION_CHECK"] = "1"  # it pins an older transformers; nothing here depends on that

import llamafactory
import yaml
from datasets import load_dataset
from transformers import HfArgumentParser

# Its package `data` imports audio and image libraries; the parser and the converter in it need none of them.
_data = types.ModuleType("llamafactory.data")
_data.__path__ = [str(Path(llamafactory.__file__).parent / "data")]
sys.modules["llamafactory.data"] = _data

from llamafactory.data.converter import get_dataset_converter  # noqa: E402
from llamafactory.data.parser import get_dataset_list  # noqa: E402
from llamafactory.hparams import (  # noqa: E402
    DataArguments,
    FinetuningArguments,
    GeneratingArguments,
    ModelArguments,
    TrainingArguments,
)

HERE = {"bf16": False, "use_cpu": True}  # what a machine without an accelerator cannot do


def reads(folder: Path) -> dict[str, Any]:
    """The configs as its own argument parser takes them, which refuses unknown keys; the rows as its converter does."""
    parser = HfArgumentParser(
        [ModelArguments, DataArguments, TrainingArguments, FinetuningArguments, GeneratingArguments]
    )
    configs = {}
    for file in sorted(folder.glob("llamafactory_*.yaml")):
        document = yaml.safe_load(file.read_text()) | HERE | {"output_dir": str(folder / "output")}
        model, data, _, tuning, _ = parser.parse_dict(document)
        configs[file.name] = [model.model_name_or_path, tuning.stage, tuning.pref_loss, data.dataset]
    (found,) = get_dataset_list(["crowdselect"], str(folder))
    convert = get_dataset_converter(found.formatting, found, data)
    rows = []
    for row in load_dataset("json", data_files=str(folder / found.dataset_name), split="train"):
        made = convert(row)
        (prompt,) = [turn["content"] for turn in made["_prompt"] if turn["role"] == "user"]
        rows.append([prompt, *(turn["content"] for turn in made["_response"])])
    return {"configs": configs, "rows": rows}


if __name__ == "__main__":
    print(json.dumps({folder: reads(Path(folder)) for folder in sys.argv[1:]}))
