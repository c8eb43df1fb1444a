"""The outputs that have been begun since the newest build and are not finished: a stopped job is not what it was."""

import contextlib
import os

import orjson

from crowdselect.store.workspace import Workspace

Key = tuple[str, str]  # job, output


class Begun:
    """Kept in logs/begun.json from before an output is changed, so that no kill leaves it out.

    A build tells how all outputs stand, so the file is for what has happened since.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.path = workspace.logs / "begun.json"

    def read(self) -> list[Key]:
        """In the order in which they were begun; none where there is no such file, or it makes no sense."""
        try:
            return [(str(job), str(output)) for job, output in orjson.loads(self.path.read_bytes())]
        except (OSError, ValueError, TypeError):
            return []

    def add(self, key: Key) -> None:
        self._write([*(one for one in self.read() if one != key), key])

    def remove(self, key: Key) -> None:
        self._write([one for one in self.read() if one != key])

    def clear(self) -> None:
        self._write([])

    def _write(self, keys: list[Key]) -> None:
        """A full disk must not stop the work that is noted here."""
        if keys == self.read():
            return
        beside = self.path.with_name(self.path.name + ".tmp")
        with contextlib.suppress(OSError):
            beside.write_bytes(orjson.dumps(keys))
            os.replace(beside, self.path)
