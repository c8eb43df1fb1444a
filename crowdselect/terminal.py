"""Text of unknown origin on a terminal: shown, never obeyed."""

import sys


def plain(text: str) -> str:
    """`text` with a ? for each character that a terminal would obey: control characters, turns of the direction."""
    return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)


def say(line: str, *, err: bool = False) -> None:
    """A line of a command's result, or (`err`) a note beside it."""
    print(plain(line), file=sys.stderr if err else sys.stdout, flush=True)


def complain(message: str, program: str = "crowdselect") -> None:
    """One line on standard error, whatever stands in `message`."""
    print(f"{program}: {plain(' '.join(message.split()))}", file=sys.stderr)
