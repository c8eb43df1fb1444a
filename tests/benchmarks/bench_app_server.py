"""The real server, with a line in a file for each run of a page: `python -m tests.benchmarks.bench_app_server FILE …`.

What follows FILE is what `streamlit run app.py` would be given.
"""

import sys
import time
from pathlib import Path

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.web import cli

from tests.browser.server import ROOT


def main() -> None:
    file, given = Path(sys.argv[1]), sys.argv[2:]
    run = ScriptRunner._run_script

    def timed(runner: ScriptRunner, *asked: object, **more: object) -> None:
        start, cpu = time.perf_counter(), time.thread_time()
        try:
            run(runner, *asked, **more)  # type: ignore[arg-type]
        finally:
            with file.open("a", encoding="utf-8") as out:
                out.write(f"{1000 * (time.perf_counter() - start):.2f} {1000 * (time.thread_time() - cpu):.2f}\n")

    ScriptRunner._run_script = timed  # type: ignore[method-assign, assignment]
    sys.argv = ["streamlit", "run", str(ROOT / "app.py"), *given]
    cli.main()


if __name__ == "__main__":
    main()
