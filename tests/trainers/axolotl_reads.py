"""What Axolotl makes of bundles: TOKENIZER FOLDER...; prints {folder: {config: [base model, rl, rows]}}."""

import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from axolotl.prompt_strategies import load as load_sft
from axolotl.prompt_strategies.dpo import load as load_dpo
from axolotl.prompt_strategies.kto import load as load_kto
from axolotl.prompt_strategies.orpo import load as load_orpo
from axolotl.prompt_tokenizers import AlpacaPromptTokenizingStrategy
from axolotl.prompters import AlpacaPrompter
from axolotl.utils.dict import DictDefault
from axolotl.utils.schemas.config import AxolotlInputConfig
from datasets import Dataset, load_dataset
from transformers import AutoTokenizer, PreTrainedTokenizerBase

PREFERENCES = {"dpo": load_dpo, "kto": load_kto, "orpo": load_orpo}


def reads(folder: Path, tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    """Each config through its schema, and the rows through the strategy that it names."""
    os.chdir(folder)  # where the command is run
    found = {}
    for file in sorted(folder.glob("axolotl_*.yaml")):
        document = yaml.safe_load(file.read_text())
        unknown = set(document) - set(AxolotlInputConfig.model_fields)
        assert not unknown, unknown
        config = DictDefault(AxolotlInputConfig(**document).model_dump(exclude_none=True))
        source = config.datasets[0]
        data = load_dataset(source["ds_type"], data_files=source["path"], split=source["split"])
        rl = document.get("rl")
        rows = preferences(rl, data, config, tokenizer) if rl else tuned(data, config, tokenizer)
        found[file.name] = [config.base_model, rl, rows]
    return found


def tuned(data: Dataset, config: DictDefault, tokenizer: PreTrainedTokenizerBase) -> list[list[str]]:
    """All of each row's tokens as text, and those that are learned."""
    source = config.datasets[0]
    if source["type"] == "alpaca":  # as axolotl.utils.data.wrappers does
        strategy = AlpacaPromptTokenizingStrategy(
            AlpacaPrompter("instruct"), tokenizer, config.train_on_inputs, config.sequence_len
        )
    else:
        strategy = load_sft(source["type"], tokenizer, config, source)
    made = [strategy.tokenize_prompt(row) for row in data]
    return [
        [
            tokenizer.decode(row["input_ids"]),
            tokenizer.decode([i for i, label in zip(row["input_ids"], row["labels"], strict=True) if label != -100]),
        ]
        for row in made
    ]


def preferences(
    rl: str, data: Dataset, config: DictDefault, tokenizer: PreTrainedTokenizerBase
) -> list[dict[str, Any]]:
    """As axolotl.utils.data.rl maps them."""
    found = PREFERENCES[rl](config.datasets[0]["type"], config, dataset_idx=0)
    transform, options = found if isinstance(found, tuple) else (found, {})
    needs_tokenizer = "tokenizer" in inspect.signature(transform).parameters
    return list(data.map(transform, fn_kwargs={"tokenizer": tokenizer} if needs_tokenizer else {}, **options))


if __name__ == "__main__":
    tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
    print(json.dumps({folder: reads(Path(folder), tokenizer) for folder in sys.argv[2:]}))
