"""python -m precompute"""

import logging
import os
import sys

from precompute.cli import main

if __name__ == "__main__":
    code = main()
    # All is written and closed. Where torch or numba were loaded, DuckDB's binding would list on standard error what
    # the ending interpreter no longer frees, which tells nobody anything.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
