"""The data card of a bundle: README.md as the Hugging Face hub reads it. Every name from the data is escaped."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import yaml

from crowdselect.export import EXPORTERS
from crowdselect.export.manifest import Manifest
from crowdselect.export.trainers import TRAINERS
from crowdselect.export.trainers.plan import DATA, Plan
from crowdselect.selection import Selection
from crowdselect.store.build import Build

MOST = 40  # rows of a table
LONGEST = 120  # characters of a name
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_MARKS = re.compile(r"([!-/:-@\[-`{-~])")
ABOUT = {
    "README.md": "this card",
    "recipe.yaml": "every choice; `python -m crowdselect select recipe.yaml --out again.jsonl` makes the rows again",
    "train.manifest.json": "recipe, build, digests, versions; `python -m crowdselect replay train.manifest.json`",
    "dataset_info.json": "what LLaMA-Factory asks for",
}


def data_card(selection: Selection, build: Build, plan: Plan, record: Manifest, files: Sequence[str]) -> str:
    """Markdown under YAML front matter: what the rows are, where they are from, how they were chosen and are used."""
    parts = [
        f"# {literal(selection.recipe.name)}",
        _summary(selection, record),
        "## Files\n\n"
        + _table(("file", "what"), [(f"`{name}`", _file(name)) for name in sorted([*files, "README.md"])]),
        "## Training\n\n```\n" + "\n".join(c for t in TRAINERS.values() for c in t.commands(plan)) + "\n```\n\n"
        "The configs are starting points for one GPU: LoRA with LLaMA-Factory and Axolotl, full tuning with TRL.",
        _counts("Models", "model", _models(selection)),
        _counts("Sources", "source", [("rows", Counter(map(str, selection.candidates.pool.sources[selection.rows])))]),
        "## Licence\n\nCrowdSelect adds no licence of its own. The instructions carry that of their sources, and the "
        "responses what the models that wrote them allow: check both tables before you publish or sell what you train.",
        "## Recipe\n\n" + fenced(selection.recipe.to_yaml(), "yaml"),
        _provenance(record),
    ]
    return f"---\n{_front(selection, record)}---\n\n" + "\n\n".join(parts) + "\n"


def literal(text: object) -> str:
    """A name from the data in Markdown: one line, printable, every mark escaped."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return _MARKS.sub(r"\\\1", line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…") or "–"


def _plain(digest: str) -> str:
    return re.sub(r"[^\w:-]", "", digest)


def fenced(text: str, language: str = "") -> str:
    """A code block that no line of `text` can end."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _front(selection: Selection, record: Manifest) -> str:
    size = next((name for most, name in SIZES if record.rows < most), "n>1M")
    document = {
        "pretty_name": selection.recipe.name,
        "license": "other",
        "task_categories": ["text-generation"],
        "size_categories": [size],
        "tags": ["instruction-tuning", "crowdselect", *(["synthetic"] if record.synthetic else [])],
        "configs": [{"config_name": "default", "data_files": DATA}],
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=False)


def _summary(selection: Selection, record: Manifest) -> str:
    pool = selection.candidates.pool
    asked, answered = pool.instruction_words[selection.rows], pool.response_words[selection.chosen, selection.rows]
    exporter = EXPORTERS[record.format]
    judge = selection.recipe.pool.reward_model
    by = f"by the strategy {literal(selection.recipe.select.strategy)}" + (f" under {literal(judge)}" if judge else "")
    said = (
        f"{len(selection):,} of {len(pool):,} instructions, chosen {by}: {record.rows:,} lines in the layout "
        f"{exporter.title} ({exporter.help.rstrip('.')}). "
        f"Words: {np.mean(asked):,.0f} an instruction, {np.mean(answered):,.0f} a response, on average."
    )
    said += "".join(f" {note}" for note in record.notes)
    if record.unpaired:
        said += f" {record.unpaired:,} instructions have no pair of responses within the recipe's limits."
    return said + (" **The pool is synthetic: for trying things out, not for training.**" if record.synthetic else "")


def _models(selection: Selection) -> list[tuple[str, Counter[str]]]:
    """How many responses each model gave: chosen, and rejected where there are pairs."""
    names = [model.name for model in selection.candidates.pool.models]
    columns = [("chosen", Counter(names[model] for model in selection.chosen))]
    if EXPORTERS[selection.recipe.export.format].paired and selection.rejected is not None:
        columns.append(("rejected", Counter(names[model] for model in selection.rejected)))
    return columns


def _counts(title: str, of: str, columns: list[tuple[str, Counter[str]]]) -> str:
    total: Counter[str] = sum((counter for _, counter in columns), Counter())
    names = sorted(total, key=lambda name: (-total[name], name))
    rows = [(literal(name or "not given"), *(f"{counter[name]:,}" for _, counter in columns)) for name in names[:MOST]]
    more = f"\n\nand {len(names) - MOST:,} more." if len(names) > MOST else ""
    return f"## {title}\n\n" + _table((of, *(name for name, _ in columns)), rows) + more


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _file(name: str) -> str:
    if name in ABOUT:
        return ABOUT[name]
    if name == DATA:
        return "the rows"
    return "the rows in another layout, for the configs that name it" if name.endswith(".jsonl") else "a ready config"


def _provenance(record: Manifest) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in record.versions.items())
    rows = [
        ("SHA-256 of train.jsonl", f"`{record.sha256}`"),
        ("build", literal(record.build)),
        ("data digest", f"`{_plain(record.dataset)}`" if record.dataset else "–"),
        ("versions", versions),
        ("code", f"`{_plain(record.commit)}`" if record.commit else "–"),
    ]
    return "## Provenance\n\n" + _table(("what", "value"), rows)
