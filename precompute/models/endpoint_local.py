"""A chat model whose weights are loaded here: the same call as a server's, one at a time."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from crowdselect.errors import UserError
from precompute.models.endpoint_answer import CUT, Answer, CallFailed, read
from precompute.models.thinking import left_open
from precompute.models_file import Chat

MAX_TOKENS = 512  # of an answer, unless params say otherwise
KNOWN = ("temperature", "top_p", "top_k", "max_tokens", "max_completion_tokens", "seed", "repetition_penalty")


class LocalChat:
    """Weights and their tokenizer. Greedy without a temperature; else sampled from a seed of its own for each call,

    so that an answer follows from `params`, messages and seed alone, whatever was asked before it.
    """

    def __init__(self, spec: Chat) -> None:
        from precompute.models.load_causal import load_causal

        unknown = sorted(set(spec.params) - set(KNOWN))
        if unknown:
            raise UserError(f"{spec.label}: local weights know no {unknown[0]!r}; params may be {', '.join(KNOWN)}.")
        try:
            self.spec, loaded = spec, load_causal(str(spec.path))
        except UserError:
            raise UserError(
                f"The weights of {spec.label} at {spec.path!r} cannot be loaded; its path is a GGUF file, a directory"
                " with safetensors weights or a name on the hub, and logs/precompute.log says more."
            ) from None
        self.tokenizer, self.model, self.limit = loaded.tokenizer, loaded.model, loaded.limit
        if not self.tokenizer.chat_template:
            raise UserError(f"The weights of {spec.label} have no chat template; use an instruction-tuned model.")

    def ask(self, messages: Sequence[dict[str, str]], seed: str = "") -> Answer:
        """The answer to `messages`; `seed` is any text that tells calls apart. Raises CallFailed."""
        import torch

        text = self.tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
        given = self.tokenizer(text, return_tensors="pt", add_special_tokens=False).to(self.model.device)
        tokens = given["input_ids"].shape[1]
        room = int(self.spec.params.get("max_tokens", self.spec.params.get("max_completion_tokens", MAX_TOKENS)))
        if self.limit and tokens + room > self.limit:
            raise CallFailed(f"{tokens:,} tokens and {room:,} for the answer are more than {self.limit:,}")
        with torch.random.fork_rng(), torch.inference_mode():
            torch.manual_seed(_number(f"{self.spec.params.get('seed', 0)} {seed}"))
            made = self.model.generate(
                **given, **self._sampling(), max_new_tokens=room, pad_token_id=self._end(), eos_token_id=self._end()
            )[0, tokens:]
        cut = int(made[-1]) != self._end()
        answer = self.tokenizer.decode(made, skip_special_tokens=True)
        return read(left_open(text) + answer, CUT if cut else "stop", tokens, len(made))

    def _sampling(self) -> dict[str, float | bool | None]:
        params = self.spec.params
        temperature = float(params.get("temperature", 0))
        penalty = {"repetition_penalty": float(params.get("repetition_penalty", 1.0))}
        if not temperature:
            return {"do_sample": False, "temperature": None, "top_p": None, "top_k": None, **penalty}
        chosen = {"temperature": temperature, "top_p": params.get("top_p", 1.0), "top_k": params.get("top_k", 0)}
        return {"do_sample": True, **chosen, **penalty}

    def _end(self) -> int:
        return int(self.tokenizer.eos_token_id)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "big")


@lru_cache(maxsize=2)
def local_chat(spec: str) -> LocalChat:
    """The chat model that `spec`, a Chat as JSON, describes."""
    return LocalChat(Chat.model_validate_json(spec))
