"""LLaMA-Factory: dataset_info.json and a training config for each method."""

import json
from typing import Any

from crowdselect.export.trainers.plan import CUTOFF, DATASET, Plan, Trainer, config

ABOUT = """LLaMA-Factory: llamafactory-cli train {file}
Without `template` it takes the chat template of the model's own tokenizer."""
_ROLES = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant",
          "system_tag": "system"}  # fmt: skip
# What dataset_info.json says of each layout (data/README.md, data/parser.py).
COLUMNS: dict[str, dict[str, Any]] = {
    "records": {"columns": {"prompt": "instruction", "response": "response"}},
    "alpaca": {"columns": {"prompt": "instruction", "query": "input", "response": "output"}},
    "sharegpt": {"formatting": "sharegpt", "columns": {"messages": "conversations"}},
    "messages": {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": _ROLES},
    "sharegpt_pairs": {
        "formatting": "sharegpt",
        "ranking": True,
        "columns": {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"},
    },
    "sharegpt_kto": {"formatting": "sharegpt", "columns": {"messages": "conversations", "kto_tag": "kto_tag"}},
}
STAGES: dict[str, dict[str, dict[str, Any]]] = {
    "sft": {"sft": {"stage": "sft", "learning_rate": 1e-4}},
    "dpo": {
        "dpo": {"stage": "dpo", "pref_beta": 0.1, "pref_loss": "sigmoid", "learning_rate": 5e-6},
        "orpo": {"stage": "dpo", "pref_beta": 0.1, "pref_loss": "orpo", "learning_rate": 5e-6},
    },
    "kto": {"kto": {"stage": "kto", "pref_beta": 0.1, "learning_rate": 5e-6}},
}


def configs(plan: Plan) -> dict[str, bytes]:
    """dataset_info.json (in ASCII: it is opened in the locale's encoding), and a config for each loss."""
    layout = LLAMAFACTORY.layout(plan.format)
    info = {DATASET: {"file_name": plan.file(layout), **COLUMNS[layout]}}
    made = {"dataset_info.json": (json.dumps(info, indent=2, ensure_ascii=True) + "\n").encode("ascii")}
    for name, stage in STAGES[plan.method].items():
        file = f"llamafactory_{name}.yaml"
        made[file] = config(ABOUT.format(file=file), _training(plan, name, stage))
    return made


def _training(plan: Plan, name: str, stage: dict[str, Any]) -> dict[str, Any]:
    return {
        "model_name_or_path": plan.base_model,
        **stage,
        "do_train": True,
        "finetuning_type": "lora",
        "lora_target": "all",
        "dataset": DATASET,
        "dataset_dir": ".",
        "cutoff_len": CUTOFF,
        "output_dir": f"output/llamafactory-{name}",
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 16,
        "num_train_epochs": 3.0 if plan.method == "sft" else 1.0,
        "lr_scheduler_type": "cosine",
        "bf16": True,
        "logging_steps": 10,
        "report_to": "none",
    }


LLAMAFACTORY = Trainer(
    "LLaMA-Factory",
    {"prompt_completion": "messages", "preference": "sharegpt_pairs", "kto": "sharegpt_kto"},
    configs,
    lambda plan: [f"llamafactory-cli train llamafactory_{name}.yaml" for name in STAGES[plan.method]],
)
