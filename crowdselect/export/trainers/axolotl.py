"""Axolotl: a config for each method."""

from typing import Any

from crowdselect.export.trainers.plan import CUTOFF, Plan, Trainer, config

ABOUT = "Axolotl: axolotl train {file}"
CHATML = "\nIts KTO knows chatml and llama3 alone: chatml.ultra, or llama3.ultra for a Llama 3 model."
# How it reads each layout (utils/schemas/datasets.py, prompt_strategies/).
DATASETS: dict[str, dict[str, Any]] = {
    "alpaca": {"type": "alpaca"},
    "messages": {"type": "chat_template", "field_messages": "messages"},
    "sharegpt": {
        "type": "chat_template",
        "field_messages": "conversations",
        "message_property_mappings": {"role": "from", "content": "value"},
    },
    "preference": {"type": "chat_template.default", "field_messages": "prompt"},
    "conversation_pairs": {"type": "chat_template.argilla"},
    "text_kto": {"type": "chatml.ultra"},
}
# name -> the layout that it reads, where it is not the format's, and what it adds
LOSSES: dict[str, dict[str, tuple[str | None, dict[str, Any]]]] = {
    "sft": {"sft": (None, {"learning_rate": 2e-4})},
    "dpo": {
        "dpo": (None, {"rl": "dpo", "rl_beta": 0.1, "learning_rate": 5e-6}),
        "orpo": ("conversation_pairs", {"rl": "orpo", "orpo_alpha": 0.1, "learning_rate": 5e-6}),
    },
    "kto": {"kto": (None, {"rl": "kto", "remove_unused_columns": False, "learning_rate": 5e-6})},
}


def configs(plan: Plan) -> dict[str, bytes]:
    """A YAML file for each loss."""
    made = {}
    for name, (layout, more) in LOSSES[plan.method].items():
        file = f"axolotl_{name}.yaml"
        about = ABOUT.format(file=file) + (CHATML if plan.method == "kto" else "")
        made[file] = config(about, _training(plan, name, layout or AXOLOTL.layout(plan.format), more))
    return made


def _training(plan: Plan, name: str, layout: str, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "base_model": plan.base_model,
        "datasets": [{"path": plan.file(layout), "ds_type": "json", "split": "train", **DATASETS[layout]}],
        **more,
        "chat_template": "tokenizer_default",
        "adapter": "lora",
        "lora_r": 16,
        "lora_alpha": 32,
        "lora_target_linear": True,
        "sequence_len": CUTOFF,
        "output_dir": f"output/axolotl-{name}",
        "micro_batch_size": 1,
        "gradient_accumulation_steps": 16,
        "num_epochs": 3.0 if plan.method == "sft" else 1.0,
        "optimizer": "adamw_torch",
        "lr_scheduler": "cosine",
        "bf16": "auto",
        "logging_steps": 10,
    }


AXOLOTL = Trainer(
    "Axolotl",
    {"records": "messages", "prompt_completion": "messages", "kto": "text_kto"},
    configs,
    lambda plan: [f"axolotl train axolotl_{name}.yaml" for name in LOSSES[plan.method]],
    also={"dpo": ("conversation_pairs",)},
)
