"""The rows of JSON that is no row a line: lists, objects over many lines or one after another, an object of lists.

They come one at a time: a file of gigabytes needs no more memory than its longest row.
"""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crowdselect.importers.lines import Trouble, blocks
from crowdselect.importers.strict_json import DECODER, checked, shown
from crowdselect.settings import number

LENIENT = json.JSONDecoder()
ROW_FIELDS = {"instruction", "prompt", "messages", "conversations", "uuid", "instruction_id"}  # a row has one of these
PEEK = 1 << 20  # characters in which an object of lists has shown its first row


def items(path: Path) -> Iterator[tuple[int, dict[str, Any] | Trouble]]:
    """(number from 1, object or what is wrong with it). After a row that is not JSON nothing can be told apart."""
    window = _Window(path)
    count = 0
    try:
        for count, value in enumerate(_rows(window), 1):
            yield count, value
    except _Stopped as stopped:
        yield count + 1, stopped.trouble


def _rows(window: "_Window") -> Iterator[dict[str, Any] | Trouble]:
    """The rows of every value in the file, whatever stands between the values: white space, commas or nothing."""
    while mark := window.next_mark():
        if mark == "[":
            yield from _list(window)
        elif mark == ",":
            window.at += 1
        elif mark == "{" and window.holds_lists():
            yield from _lists(window)
        else:
            yield window.row()


def _list(window: "_Window") -> Iterator[dict[str, Any] | Trouble]:
    """`[row, row]`."""
    window.at += 1
    first = True
    while (mark := window.next_mark()) != "]":
        if not first:
            if mark != ",":
                raise _Stopped(Trouble("the list is cut off or broken here; what follows is lost"))
            window.at += 1
            window.next_mark()
        first = False
        yield window.row()
    window.at += 1


def _lists(window: "_Window") -> Iterator[dict[str, Any] | Trouble]:
    """`{"train": [row, row], "test": [row]}`; what stands beside the lists is refused by its name."""
    window.at += 1
    while (mark := window.next_mark()) != "}":
        if mark == ",":
            window.at += 1
            continue
        name = window.value()
        if window.next_mark() != ":":
            raise _Stopped(Trouble("the object is cut off or broken here; what follows is lost"))
        window.at += 1
        if window.next_mark() == "[":
            yield from _list(window)
        else:
            window.value()
            yield Trouble(f"{shown(name)} stands beside the lists of rows and is not read")
    window.at += 1


def is_object_of_lists(text: str, at: int = 0) -> bool:
    """Whether the object at `at` holds lists of rows and is no row itself; ValueError where the text is cut off."""
    at = _next(text, at + 1)
    while text[at] == '"':
        name, at = LENIENT.raw_decode(text, at)
        if name in ROW_FIELDS:
            return False
        at = _next(text, _next(text, at) + 1)
        if text[at] == "[":
            first, _ = LENIENT.raw_decode(text, _next(text, at + 1))
            return isinstance(first, dict) and not ROW_FIELDS.isdisjoint(first)
        _, at = LENIENT.raw_decode(text, at)
        at = _next(text, at)
        if text[at] == ",":
            at = _next(text, at + 1)
    return False


def _next(text: str, at: int) -> int:
    """Where the next character that is no white space stands; ValueError where there is none."""
    while text[at : at + 1] in (" ", "\t", "\r", "\n"):
        at += 1
    if at >= len(text):
        raise ValueError("cut off")
    return at


class _Stopped(Exception):  # noqa: N818  the end of the road, said by a Trouble
    def __init__(self, trouble: Trouble):
        self.trouble = trouble


class _Window:
    """The part of the file that is held: its text from `at` on, which `more` lengthens."""

    def __init__(self, path: Path):
        self.text, self.at, self.ended = "", 0, False
        self.blocks = blocks(path)
        self.decode = codecs.getincrementaldecoder("utf-8")().decode
        self.limit = number("max_line_mb") * 2**20

    def more(self) -> bool:
        """Reads on, at least doubling what is held, so that a long item is not tried too often; False at the end."""
        held = [self.text[self.at :]]
        wanted = len(held[0]) + 1
        while wanted > 0 and not self.ended:
            block = next(self.blocks, None)
            if isinstance(block, Trouble):
                raise _Stopped(block)
            try:
                held.append(self.decode(block or b"", block is None))
            except UnicodeDecodeError:
                raise _Stopped(Trouble("not UTF-8 here; what follows is lost")) from None
            self.ended = block is None
            wanted -= len(held[-1])
        self.text, self.at = "".join(held), 0
        return any(held[1:])

    def next_mark(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
                self.at += 1
            if self.at < len(self.text) or not self.more():
                return self.text[self.at : self.at + 1]

    def holds_lists(self) -> bool:
        """Whether the object that starts here is one of lists of rows."""
        while True:
            try:
                return is_object_of_lists(self.text, self.at)
            except (ValueError, RecursionError):
                if len(self.text) - self.at > PEEK or not self.more():
                    return False

    def row(self) -> dict[str, Any] | Trouble:
        """The row that starts here."""
        value, end = self._decoded(DECODER)
        text, self.at = self.text[self.at : end], end
        if isinstance(value, Trouble):
            return value
        try:
            return checked(value, text)
        except (ValueError, RecursionError) as error:
            return Trouble(str(error))

    def value(self) -> Any:
        """The value that starts here, whatever it is."""
        value, self.at = self._decoded(LENIENT)
        return value

    def _decoded(self, decoder: json.JSONDecoder) -> tuple[Any, int]:
        """The value that starts here, or the Trouble with it, and where it ends."""
        while True:
            try:
                value, end = _decode(decoder, self.text, self.at)
            except (json.JSONDecodeError, RecursionError) as error:
                if len(self.text) - self.at <= self.limit and self.more():
                    continue
                reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply or too long"
                raise _Stopped(Trouble(f"not JSON ({reason}); what follows is lost")) from None
            if end == len(self.text) and self.more():  # a number may go on
                continue
            return value, end


def _decode(decoder: json.JSONDecoder, text: str, at: int) -> tuple[Any, int]:
    try:
        return decoder.raw_decode(text, at)
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # JSON, but not strictly: the row is lost, not what follows
        return Trouble(str(error)), LENIENT.raw_decode(text, at)[1]
