"""What a trainer needs to know of a bundle, and what it gives for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import yaml

Method = Literal["sft", "dpo", "kto"]
METHODS: dict[str, Method] = {"preference": "dpo", "kto": "kto"}  # of a format; every other is for supervised tuning
DATASET = "crowdselect"  # what dataset_info.json calls it: a name without a comma, which would end it
DATA = "train.jsonl"
CUTOFF = 2048  # tokens


@dataclass(frozen=True)
class Plan:
    """A bundle that is being made."""

    format: str  # of the exported file
    base_model: str

    @property
    def method(self) -> Method:
        return METHODS.get(self.format, "sft")

    def file(self, layout: str) -> str:
        """The file of the bundle in that layout: the export itself, or one beside it."""
        return DATA if layout == self.format else f"train.{layout}.jsonl"


@dataclass(frozen=True)
class Trainer:
    """One trainer: the layout that it reads instead of a format that it cannot, its configs and how it is started."""

    title: str
    reads: Mapping[str, str]  # format -> layout; a format that is not named is read as it is
    configs: Callable[[Plan], dict[str, bytes]]  # file name -> content
    commands: Callable[[Plan], list[str]]
    also: Mapping[Method, tuple[str, ...]] = field(default_factory=dict)  # method -> more layouts that its configs name

    def layout(self, format: str) -> str:
        return self.reads.get(format, format)

    def layouts(self, plan: Plan) -> tuple[str, ...]:
        """Every layout that its configs name."""
        return self.layout(plan.format), *self.also.get(plan.method, ())


def config(about: str, document: Mapping[str, object]) -> bytes:
    """A YAML file under comments; `about` is ours alone, so that nothing from the data stands outside of quotes."""
    comments = "".join(f"# {line}\n" for line in about.splitlines())
    return (comments + yaml.safe_dump(dict(document), sort_keys=False, allow_unicode=False)).encode("ascii")
