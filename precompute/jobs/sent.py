"""What a batch would send to a server, for --dry-run: calls, and tokens as far as they can be told without one."""

from dataclasses import dataclass

CHARACTERS = 4  # of English text a token, about
AROUND = 8  # tokens that a chat template adds to a message, about


@dataclass(frozen=True)
class Sent:
    """So many calls with so many tokens."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        tokens_in, tokens_out = self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out
        return Sent(self.calls + other.calls, tokens_in, tokens_out)


def message_tokens(text: str) -> int:
    """Of a message of a conversation, about."""
    return len(text) // CHARACTERS + AROUND


def guessed(text: str) -> list[int]:
    """As many token ids as the text will have, about; what they are is not known."""
    return [0] * -(-len(text) // CHARACTERS)
