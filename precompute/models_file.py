"""models.yaml: which models answer, score, measure, tag and judge, and where each of them runs.

models:
  - {name: qwen3-8b, family: qwen3, params_b: 8, base_url: "http://localhost:8000/v1", model: Qwen/Qwen3-8B,
     api_key_env: VLLM_KEY, params: {temperature: 0.7, max_tokens: 1024}, concurrency: 16}
  - {name: smollm2-135m, family: smollm2, params_b: 0.135, path: weights/SmolLM2-135M-Instruct-Q4_1.gguf}
reward_models:
  - {name: skywork-0.6b, path: weights/Skywork-Reward-V2-Qwen3-0.6B}
  - {name: armorm, base_url: "http://localhost:8001", kind: vllm}
ifd: {path: weights/SmolLM2-135M-Instruct-Q4_1.gguf}
# or by a server: ifd: {base_url: "http://localhost:8000/v1", model: HuggingFaceTB/SmolLM2-135M-Instruct, kind: vllm}
#                 ifd: {base_url: "http://localhost:30000", model: HuggingFaceTB/SmolLM2-135M-Instruct, kind: sglang}
tag: {base_url: "http://localhost:8000/v1", model: Qwen/Qwen3-8B}
judge: {base_url: "https://api.openai.com/v1", model: gpt-4.1, api_key_env: OPENAI_API_KEY, price_in: 2, price_out: 8}
# tag and judge take a prompt of your own: judge: {…, prompt: alpagasus.yaml}
"""

from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from crowdselect.bounds import refuse_huge
from crowdselect.errors import UserError

MAX_BYTES = 1_000_000

Name = Annotated[str, Field(min_length=1, max_length=200)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]  # per million tokens, in the currency of the user's bill


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address looks like http://localhost:8000/v1")
    if parts.username or parts.password:
        raise ValueError("keep the key out of the address: name its environment variable with api_key_env")
    return value.rstrip("/")


def _only_one(value: Any) -> Any:
    """A list of one counts as the one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


Address = Annotated[str, AfterValidator(_address)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Place(_Entry):
    """A model behind an address, or one whose weights lie at a path (or have a name on the hub)."""

    base_url: Address | None = None
    model: Name | None = None  # what the server calls it; without one, `name`
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    path: Name | None = None
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 8  # calls at a time
    timeout: Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)] = 120.0  # seconds of one try, all in all
    retries: Annotated[int, Field(ge=0, le=100)] = 6  # of one call, after its first try
    price_in: Price = 0.0
    price_out: Price = 0.0

    @property
    def local(self) -> bool:
        return self.path is not None

    @property
    def workers(self) -> int:
        """Calls at a time; 0 for local weights, which an engine runs."""
        return 0 if self.local else self.concurrency

    @model_validator(mode="after")
    def _somewhere(self) -> "Place":
        if (self.base_url is None) == (self.path is None):
            raise ValueError("give base_url (a server) or path (local weights), one of the two")
        if self.local and self.api_key_env:
            raise ValueError("api_key_env goes with base_url; local weights need no key")
        return self


class Chat(Place):
    """A model that answers messages. `params` are sent with each call: temperature, max_tokens, top_p, seed …"""

    name: Annotated[str, Field(max_length=200)] = ""
    params: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _named(self) -> "Chat":
        taken = sorted({"model", "messages", "n", "stream"} & set(self.params))
        if taken:
            raise ValueError(f"params may not hold {', '.join(taken)}: each call sets its own")
        if not (self.name or self.model or self.path):
            raise ValueError("give name or model")
        return self

    @property
    def label(self) -> str:
        """What its answers are filed under."""
        return self.name or self.model or str(self.path)

    @property
    def served(self) -> str:
        """What its server calls it."""
        return self.model or self.name


class Asked(Chat):
    """A model that tags or judges. `prompt` is a file with what it is asked, instead of ours (jobs/prompts.py)."""

    prompt: Name | None = None


class Answerer(Chat):
    """A model whose responses enter the pool."""

    name: Name
    family: Name | None = None
    params_b: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None  # billions of parameters


class Scorer(Place):
    """A reward model: weights for transformers, or a scoring server of vLLM or SGLang."""

    name: Name
    kind: Literal["transformers", "vllm", "sglang"] | None = None
    revision: Name | None = None  # a commit of a hub repository
    remote_code: bool = False  # whether code that comes with the weights may run
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    max_length: Annotated[int, Field(ge=16)] | None = None  # tokens; None is the model's own limit
    batch_size: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _kind_fits(self) -> "Scorer":
        if self.kind is not None and (self.kind == "transformers") != self.local:
            raise ValueError("kind transformers goes with path, vllm and sglang with base_url")
        if self.kind is None and not self.local:
            raise ValueError("say which server it is: kind: vllm or kind: sglang")
        return self


class Measurer(Place):
    """The causal LM whose losses make IFD.

    Its weights are a hub name (`model`), or a directory or GGUF file (`path`); with `base_url` it is what a server
    calls `model`, and the server is one that gives the log-probabilities of a prompt, vLLM where `kind` says no other.
    `tokenizer` (a hub name or a path) is the model's, for a server that does not count tokens itself.
    """

    name: Name | None = None
    kind: Literal["vllm", "sglang"] | None = None
    tokenizer: Name | None = None
    max_length: Annotated[int, Field(ge=16)] | None = None
    batch_size: Annotated[int, Field(ge=1)] | None = None

    @property
    def local(self) -> bool:
        return self.base_url is None

    @model_validator(mode="after")
    def _somewhere(self) -> "Measurer":
        if self.base_url and (self.path or not self.model):
            raise ValueError("with base_url (a server) goes model, what the server calls it, and no path")
        if not (self.model or self.path):
            raise ValueError("give model (a hub name) or path (a directory or a GGUF file)")
        if self.local and (self.api_key_env or self.kind or self.tokenizer):
            raise ValueError("api_key_env, kind and tokenizer go with base_url; local weights need none of them")
        return self

    @property
    def speaks(self) -> Literal["vllm", "sglang"]:
        """The kind of its server."""
        return self.kind or "vllm"

    @property
    def weights(self) -> str:
        return str(self.path or self.model)


class ModelsFile(_Entry):
    """All that models.yaml says; a part that is left out is empty."""

    models: tuple[Answerer, ...] = ()
    reward_models: tuple[Scorer, ...] = ()
    ifd: Annotated[Measurer | None, BeforeValidator(_only_one)] = None
    tag: Annotated[Asked | None, BeforeValidator(_only_one)] = None
    judge: Annotated[Asked | None, BeforeValidator(_only_one)] = None

    @model_validator(mode="after")
    def _names_once(self) -> "ModelsFile":
        for part in (self.models, self.reward_models):
            names = [entry.name for entry in part]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice:
                raise ValueError(f"the name {twice!r} stands there twice; give each model a name of its own")
        return self


def parse_models(text: str) -> ModelsFile:
    """The content of a models.yaml. UserError names the first key that is wrong, and what would be right."""
    if len(text) > MAX_BYTES:
        raise UserError(f"it has {len(text):,} characters; a list of models has at most {MAX_BYTES:,}.")
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)  # the text itself stays out of it: it may hold a key
        place = f" in line {mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it nests too deep"
        raise UserError(f"it is not YAML: {why}{place}.") from None
    if not isinstance(document, dict):
        raise UserError("it holds no mapping; begin with a list `models:` of {name, base_url, model}.")
    try:
        refuse_huge(document)
        return ModelsFile.model_validate(document)
    except ValidationError as error:
        raise UserError(_first(error)) from None
    except ValueError as error:
        raise UserError(f"{error}.") from None


def read_models(path: Path) -> ModelsFile:
    """The models.yaml at `path`. A path in it is meant from the file's own folder, where it exists there."""
    try:
        found = parse_models(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UserError(f"Cannot read the models file {str(path)!r}: {error.strerror}; check --models.") from None
    except UnicodeDecodeError:
        raise UserError(f"The models file {path.name} is not UTF-8 text.") from None
    except UserError as error:
        raise UserError(f"{path.name}: {error}") from None

    def at_home(entry: Any) -> Any:
        told = {key: getattr(entry, key, None) for key in ("path", "tokenizer", "prompt")}
        there = {key: path.parent / value for key, value in told.items() if value and (path.parent / value).exists()}
        return entry.model_copy(update={key: str(file.resolve()) for key, file in there.items()}) if there else entry

    return found.model_copy(
        update={
            "models": tuple(map(at_home, found.models)),
            "reward_models": tuple(map(at_home, found.reward_models)),
            **{part: at_home(getattr(found, part)) for part in ("ifd", "tag", "judge")},
        }
    )


def _first(error: ValidationError) -> str:
    """The first problem as one line: where, what, and what is allowed. Values stay out of it: one may be a key."""
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in problem["loc"])
    if problem["type"] == "extra_forbidden":
        known = ", ".join(_keys(problem["loc"][:-1]))
        return f"unknown key {where!r}; there are {known}."
    message = problem["msg"].removeprefix("Value error, ").replace("valid tuple", "list")
    return f"{where + ': ' if where else ''}{message[:1].lower() + message[1:]}."


def _keys(place: tuple[int | str, ...]) -> list[str]:
    parts: dict[str, type[_Entry]] = {
        "models": Answerer,
        "reward_models": Scorer,
        "ifd": Measurer,
        "tag": Asked,
        "judge": Asked,
    }
    return list((parts[str(place[0])] if place else ModelsFile).model_fields)
