"""python -m precompute"""

import logging
import os
import sys

from crowdselect.memory import AT_START, too_little
from crowdselect.terminal import complain

if why := too_little(AT_START):  # before anything is imported that would die of it
    complain(why, "precompute")
    sys.exit(1)

from precompute.cli import main

if __name__ == "__main__":
    code = main()
    # All is written and closed. Where torch or numba were loaded, DuckDB's binding would list on standard error what
    # the ending interpreter no longer frees, which tells nobody anything.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
