"""A prompt with names in braces, ours or one that the user brings as a file.

The file is YAML with the key `user` and, where there is a system message, `system`:

    system: |-
      We would like to request your feedback on the performance of AI assistant …
    user: |-
      ###Instruction:
      {instruction}
      …

Only the names that a job fills in are replaced; all other braces stay, those of the texts that are filled in too. So a
published prompt can be used word for word.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from crowdselect.errors import UserError

MAX_BYTES = 1_000_000
FORM = "a prompt is YAML with `user: …` and, if you like, `system: …`"


class Prompt(BaseModel):
    """The two messages of a prompt, with names in braces."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    user: str
    system: str | None = None

    def messages(self, values: Mapping[str, str]) -> list[dict[str, str]]:
        """What is sent, with each {name} of `values` replaced once."""
        names = re.compile(r"\{(" + "|".join(map(re.escape, values)) + r")\}")
        texts = {"system": self.system, "user": self.user}
        return [
            {"role": role, "content": names.sub(lambda found: values[found[1]], text)}
            for role, text in texts.items()
            if text
        ]

    def holds(self, name: str) -> bool:
        """Whether {name} stands in it."""
        return f"{{{name}}}" in f"{self.system or ''}{self.user}"


def read_prompt(path: Path) -> Prompt:
    """The prompt in the file at `path`. Raises UserError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        if len(text) > MAX_BYTES:
            raise UserError(f"The prompt {path.name} has {len(text):,} characters; at most {MAX_BYTES:,} are sent.")
        return Prompt.model_validate(yaml.safe_load(text), strict=True)
    except OSError as error:
        raise UserError(f"The prompt {str(path)!r} cannot be read: {error.strerror}; check its path.") from None
    except UnicodeDecodeError:
        raise UserError(f"The prompt {path.name} is not UTF-8 text.") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise UserError(
            f"The prompt {path.name} is not YAML{f' in line {mark.line + 1}' if mark else ''}; {FORM}."
        ) from None
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"])) or "the file"
        raise UserError(f"The prompt {path.name}: {where}: {problem['msg'].lower()}; {FORM}.") from None


def prompt_of(value: Any) -> Any:
    """A prompt, or that of the file whose path is given."""
    return read_prompt(Path(value).expanduser()) if isinstance(value, str) else value


def check(prompt: Prompt | None, job: str, needs: Sequence[str]) -> None:
    """Raises UserError where the prompt lacks a name without which every question would be the same."""
    lacking = [name for name in needs if prompt is not None and not prompt.holds(name)]
    if lacking:
        raise UserError(f"{job}.prompt has no {{{lacking[0]}}}; write it where the {lacking[0]} should stand.")
