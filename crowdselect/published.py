"""The figures that the paper's authors published, as they stand in data/published."""

import csv
from dataclasses import dataclass
from pathlib import Path

from crowdselect.errors import UserError
from crowdselect.settings import ROOT

FILE = ROOT / "data" / "published" / "full_tuning_results.csv"


@dataclass(frozen=True)
class Run:
    """One fine-tuning run on 1,000 selected pairs, and how the tuned model scored."""

    base_model: str
    tuning: str
    method: str
    train_loss: float | None
    eval_loss: float | None
    mt_bench: float | None  # 0-10
    arena_hard: float | None  # win rate in %
    arena_hard_low: float | None  # offsets of its 95 % interval
    arena_hard_high: float | None
    mean_tokens: float | None


def runs(file: Path = FILE) -> list[Run]:
    """Every published run, in the file's order. UserError where the file is missing or has other columns."""
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return [_run(row) for row in csv.DictReader(lines)]
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"The published results {file} cannot be read ({error!r}); restore the file.") from None


def _run(row: dict[str, str]) -> Run:
    def number(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    return Run(
        base_model=row["base_model"],
        tuning=row["tuning"],
        method=row["method"],
        train_loss=number("train_loss"),
        eval_loss=number("eval_loss"),
        mt_bench=number("mt_bench"),
        arena_hard=number("arena_hard"),
        arena_hard_low=number("arena_hard_ci_low"),
        arena_hard_high=number("arena_hard_ci_high"),
        mean_tokens=number("mean_tokens"),
    )
