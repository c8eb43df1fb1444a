"""What the jobs share that ask one chat model and then read its answers (tag, judge): parameters and two outputs.

The output ASK asks the model; the other one reads the answers of all instructions again whenever there are new ones or
a parameter of the reading has changed, which costs nothing.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from crowdselect.errors import UserError
from precompute.jobs.prompts import Prompt, check, prompt_of, read_prompt
from precompute.jobs.protocol import Params as BaseParams
from precompute.models_file import Asked, Chat

ASK = "answers"


class ChatParams(BaseParams):
    """`request` is what is sent beside the messages, and `model` who is asked; both come from models.yaml.

    `prompt` is a file (see prompts.py), or None for ours; its text decides the answers, not where it stands.
    """

    tries: int = Field(default=3, ge=1, le=10)  # paid answers at the most until one can be read
    request: SkipJsonSchema[dict[str, Any]] = Field(default_factory=dict)
    model: SkipJsonSchema[Chat | None] = Field(default=None, exclude=True)
    # Left out where it is ours, so that answers from before there was a choice stay what they are.
    prompt: SkipJsonSchema[Annotated[Prompt | None, BeforeValidator(prompt_of)]] = Field(
        default=None, exclude_if=lambda prompt: prompt is None
    )


SomeParams = TypeVar("SomeParams", bound=ChatParams)


def told(params: SomeParams, model: Asked | None, job: str, needs: Sequence[str]) -> list[SomeParams]:
    """The parameters with the model and the prompt that models.yaml names for this job.

    `needs` are the names that the prompt has to hold. Raises UserError.
    """
    if model is None:
        raise UserError(f"{job} needs a model: give --models FILE with `{job}: {{base_url, model}}`.")
    request = {"model": model.path or model.served, "params": dict(model.params)}
    prompt = params.prompt
    if prompt is None and model.prompt is not None:
        prompt = read_prompt(Path(model.prompt))
    check(prompt, job, needs)
    return [params.model_copy(update={"model": model, "request": request, "prompt": prompt})]


def asked_of(params: ChatParams, job: str) -> Chat:
    """Who is asked."""
    if params.model is None:
        raise UserError(f"{job} needs a model: give --models FILE.")
    return params.model


def workers(output: str, params: ChatParams) -> int:
    """How many calls run at a time; 0 for weights, which an engine runs. Reading answers needs no engine."""
    if output != ASK:
        return 1
    return params.model.workers if params.model else 0
