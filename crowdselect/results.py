"""Every published run under one name for each method, and what the names mean."""

import csv
from dataclasses import dataclass, replace
from pathlib import Path

from crowdselect.errors import UserError
from crowdselect.published import FILE, Run, runs

SIZES_FILE = FILE.parent / "score_by_size.csv"
INPUTS_FILE = FILE.parent / "correlation_inputs.csv"
GROUPS = ("CrowdSelect", "One metric", "One metric, by cluster", "Other methods", "Opposite end", "Not tuned")
TUNINGS = {"full": "Full", "lora": "LoRA"}


@dataclass(frozen=True)
class Method:
    """How a method's 1,000 pairs were chosen."""

    title: str
    group: str
    meaning: str


METHODS: dict[str, Method] = {
    "Multi.": Method("CrowdSelect", GROUPS[0], "All three metrics together, spread over clusters."),
    "diff_top": Method("Difficulty", GROUPS[1], "What the crowd of models answers worst."),
    "sep_top": Method("Separability", GROUPS[1], "What tells the models of the crowd apart."),
    "stab_top": Method("Stability", GROUPS[1], "What bigger models of a family answer better."),
    "diff_top_group": Method("Difficulty, by cluster", GROUPS[2], "The same from each of 30 clusters."),
    "sep_top_group": Method("Separability, by cluster", GROUPS[2], "The same from each of 30 clusters."),
    "stab_top_group": Method("Stability, by cluster", GROUPS[2], "The same from each of 30 clusters."),
    "Random": Method("Random", GROUPS[3], "A uniform draw."),
    "Len.": Method("Longest", GROUPS[3], "Len.: the longest pairs."),
    "IFD-1": Method("IFD-1", GROUPS[3], "Instruction-following difficulty, by a model new to the data."),
    "IFD-2": Method("IFD-2", GROUPS[3], "The same, by a model first tuned on some of the data."),
    "Instag": Method("InsTag", GROUPS[3], "Many different tags, given by a tagging model."),
    "Direct.": Method("Direct score", GROUPS[3], "What a model, asked for 0 to 5, marked highest."),
    "diff_bottom": Method("Difficulty, lowest", GROUPS[4], "What the crowd answers best."),
    "sep_bottom": Method("Separability, lowest", GROUPS[4], "What all models answer alike."),
    "stab_bottom": Method("Stability, lowest", GROUPS[4], "What bigger models do not answer better."),
    "len_bottom": Method("Shortest", GROUPS[4], "The shortest pairs."),
    "direct_bottom": Method("Direct score, lowest", GROUPS[4], "What was marked lowest."),
    "Base": Method("Not tuned", GROUPS[5], "The base model as it is."),
}

# The names in the second sheet. Difficulty has its older sign there.
_OTHER_NAMES = {
    "difficulty_1k_bottom": "diff_top", "difficulty_1k_top": "diff_bottom", "separability_1k_top": "sep_top",
    "separability_1k_bottom": "sep_bottom", "stability_1k_top": "stab_top", "stability_1k_bottom": "stab_bottom",
    "length_1k_top": "Len.", "length_1k_bottom": "len_bottom", "IFD(no_pre)": "IFD-1", "IFD(with_pre)": "IFD-2",
    "tags_1k": "Instag", "direct_score_1k_top": "Direct.", "direct_score_1k_bottom": "direct_bottom",
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """Scores after tuning on that many thousand pairs; read off a figure of the paper."""

    thousand_pairs: float
    mt_bench: float
    arena_hard: float


def every_run() -> list[Run]:
    """Each (base model, tuning, method) once, in the order of METHODS; with its interval where one was published."""
    found = {(run.base_model, run.tuning, run.method): run for run in _renamed(INPUTS_FILE)}
    found |= {(run.base_model, run.tuning, run.method): run for run in runs()}
    models, methods = list(dict.fromkeys(key[0] for key in found)), list(METHODS)
    unknown = sorted({key[2] for key in found} - set(methods))
    if unknown:
        raise UserError(f"Unknown method {unknown[0]!r} in {FILE.parent}; restore the file, or name it in METHODS.")
    return sorted(found.values(), key=lambda run: (models.index(run.base_model), run.tuning, methods.index(run.method)))


def sizes(file: Path = SIZES_FILE) -> list[Size]:
    """Scores against data size, smallest first. UserError where the file is missing or has other columns."""
    rows = _rows(file, ("thousand_pairs", "mt_bench", "arena_hard"))
    found = [Size(float(row["thousand_pairs"]), float(row["mt_bench"]), float(row["arena_hard"])) for row in rows]
    return sorted(found, key=lambda size: size.thousand_pairs)


def _renamed(file: Path) -> list[Run]:
    found = []
    for row in _rows(file, ("train_loss", "eval_loss", "mt_bench", "arena_hard")):
        method = _OTHER_NAMES.get(row["method"], row["method"])
        run = Run(
            row["base_model"], row["tuning"], method, _number(row["train_loss"]), _number(row["eval_loss"]),
            _number(row["mt_bench"]), _number(row["arena_hard"]), None, None, None,
        )  # fmt: skip
        # whose losses they are is not certain, because the sign was turned for the scores alone
        found.append(replace(run, train_loss=None, eval_loss=None) if method.startswith("diff_") else run)
    return found


def _number(text: str) -> float | None:
    return float(text) if text else None


def _rows(file: Path, numeric: tuple[str, ...]) -> list[dict[str, str]]:
    """The lines of a file of ours; those columns hold a number or nothing."""
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        for row in rows:
            for name in numeric:
                _number(row[name])
        return rows
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"The published results {file} cannot be read ({error!r}); restore the file.") from None
