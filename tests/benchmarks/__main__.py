"""python -m tests.benchmarks [--rows 100000] [--only STAGE ...] [--out FILE.json]"""

import argparse
import json
import multiprocessing
import sys
from pathlib import Path

from tests.benchmarks.stages import STAGES, measure


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", nargs="*", choices=STAGES)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    results = {}
    for stage in options.only or STAGES:
        with multiprocessing.get_context("spawn").Pool(1) as process:
            results[stage] = process.apply(measure, (STAGES[stage], options.rows))
        shown = "  ".join(f"{name} {value:,.4g}" for name, value in results[stage].items())
        print(f"{stage:24} {shown}", file=sys.stderr, flush=True)
    text = json.dumps(results, indent=2)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
