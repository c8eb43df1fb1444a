"""TRL: a config for its command line."""

from crowdselect.export.trainers.plan import CUTOFF, Plan, Trainer, config

ABOUT = "TRL: trl {method} --config trl_{method}.yaml"
ORPO = "\nORPO reads the same file: trl.experimental.orpo.ORPOTrainer."
RATES = {"sft": 2e-5, "dpo": 1e-6, "kto": 1e-6}


def configs(plan: Plan) -> dict[str, bytes]:
    """One YAML file; every key is a field of TRL's ScriptArguments, ModelConfig, DatasetMixtureConfig or trainer."""
    method = plan.method
    document = {
        "model_name_or_path": plan.base_model,
        "datasets": [{"path": "json", "data_files": plan.file(TRL.layout(plan.format)), "split": "train"}],
        "output_dir": f"output/trl-{method}",
        "max_length": CUTOFF,
        "learning_rate": RATES[method],
        **({} if method == "sft" else {"beta": 0.1}),
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 16,
        "num_train_epochs": 3.0 if method == "sft" else 1.0,
        "lr_scheduler_type": "cosine",
        "bf16": True,
        "logging_steps": 10,
        "report_to": "none",
    }
    about = ABOUT.format(method=method) + (ORPO if method == "dpo" else "")
    return {f"trl_{method}.yaml": config(about, document)}


TRL = Trainer(
    "TRL",
    # of sharegpt's conversations it makes messages itself, but keeps human and gpt, which chat templates do not know
    {"records": "messages", "alpaca": "messages", "sharegpt": "messages"},
    configs,
    lambda plan: [f"trl {plan.method} --config trl_{plan.method}.yaml"],
)
