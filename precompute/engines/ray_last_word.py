"""The line that the user reads when a cluster dies: Ray's core then ends its driver at once, past Python."""

import atexit
import subprocess
import sys

from precompute.engines.ray_worker import KEPT

# Of the standard library alone: it waits for the end of its parent, and for a goodbye before that.
WATCH = """
import socket, sys, time
if not sys.stdin.buffer.read():
    time.sleep(1)
    try:
        socket.create_connection((sys.argv[1].strip("[]"), int(sys.argv[2])), timeout=5).close()
    except OSError:
        print(sys.argv[3], file=sys.stderr)
"""


def promise(head: str) -> None:
    """A small process says that the cluster at `head`, HOST:PORT, is gone where this one ends without its own word."""
    host, _, port = head.rpartition(":")
    line = f"precompute: The Ray cluster at {head} is gone, and Ray ended the run with it; start it again. {KEPT}"
    child = subprocess.Popen(  # noqa: S603  this interpreter, and nothing of a user's
        [sys.executable, "-I", "-c", WATCH, host, port, line],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is not for it
    )
    atexit.register(child.communicate, b"goodbye")
