"""What the jobs share that ask one chat model and then read its answers (tag, judge): parameters and two outputs.

The output ASK asks the model; the other one reads the answers of all instructions again whenever there are new ones or
a parameter of the reading has changed, which costs nothing.
"""

from typing import Any, TypeVar

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from crowdselect.errors import UserError
from precompute.jobs.protocol import Params as BaseParams
from precompute.models_file import Chat

ASK = "answers"


class ChatParams(BaseParams):
    """`request` is what is sent beside the messages, and `model` who is asked; both come from models.yaml."""

    tries: int = Field(default=3, ge=1, le=10)  # paid answers at the most until one can be read
    request: SkipJsonSchema[dict[str, Any]] = Field(default_factory=dict)
    model: SkipJsonSchema[Chat | None] = Field(default=None, exclude=True)


SomeParams = TypeVar("SomeParams", bound=ChatParams)


def told(params: SomeParams, model: Chat | None, job: str) -> list[SomeParams]:
    """The parameters with the model that models.yaml names for this job."""
    if model is None:
        raise UserError(f"{job} needs a model: give --models FILE with `{job}: {{base_url, model}}`.")
    request = {"model": model.path or model.served, "params": dict(model.params)}
    return [params.model_copy(update={"model": model, "request": request})]


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
