"""The items of a JSON list, one at a time: a file of gigabytes needs no more memory than its longest item."""

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crowdselect.importers.lines import Trouble, blocks
from crowdselect.importers.strict_json import DECODER, checked
from crowdselect.settings import number

LENIENT = json.JSONDecoder()


def items(path: Path) -> Iterator[tuple[int, dict[str, Any] | Trouble]]:
    """(number from 1, object or what is wrong with it). After an item that is not JSON nothing can be told apart."""
    window = _Window(path)
    count = 0
    try:
        if window.next_mark() != "[":
            yield 1, Trouble("not a JSON list", whole=True)
            return
        window.at += 1
        while (mark := window.next_mark()) != "]":
            if count and mark != ",":
                yield count + 1, Trouble("the list is cut off or broken here; what follows is lost")
                return
            if count:
                window.at += 1
                window.next_mark()
            count += 1
            yield count, window.item()
    except _Stopped as stopped:
        yield max(count, 1) if stopped.in_item else count + 1, stopped.trouble


class _Stopped(Exception):  # noqa: N818  the end of the road, said by a Trouble
    def __init__(self, trouble: Trouble, in_item: bool = False):
        self.trouble, self.in_item = trouble, in_item


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

    def item(self) -> dict[str, Any] | Trouble:
        """The item that starts here."""
        while True:
            try:
                end, found = self._decoded()
            except (json.JSONDecodeError, RecursionError) as error:
                if len(self.text) - self.at <= self.limit and self.more():
                    continue
                reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply or too long"
                raise _Stopped(Trouble(f"not JSON ({reason}); what follows is lost"), in_item=True) from None
            if end == len(self.text) and self.more():  # a number may go on
                continue
            self.at = end
            return found

    def _decoded(self) -> tuple[int, dict[str, Any] | Trouble]:
        try:
            value, end = DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError:
            raise
        except ValueError as error:  # JSON, but not strictly: the item is lost, not what follows
            return LENIENT.raw_decode(self.text, self.at)[1], Trouble(str(error))
        try:
            return end, checked(value, self.text[self.at : end])
        except (ValueError, RecursionError) as error:
            return end, Trouble(str(error))
