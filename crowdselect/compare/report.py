"""A comparison as a folder of files: every table, and a page of Markdown that says what they hold."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crowdselect.compare.entries import Line
from crowdselect.compare.layouts import marked, title, to_csv, to_json, to_latex, to_markdown
from crowdselect.compare.moved import Moved, counts, moved, reason_title
from crowdselect.compare.orders import orders
from crowdselect.compare.sets import intersections
from crowdselect.compare.sides import SHOWN, SideBySide
from crowdselect.compare.table import COLUMNS, Row, effects_table, kinds
from crowdselect.export.write import write_whole

MOST = 20  # intersections that the page of Markdown lists; sets.csv holds them all
FILES = {
    "table.csv": "one row a selection",
    "table.tex": "the same for LaTeX (booktabs)",
    "report.json": "the same, the recipes, and what was left out",
    "overlap.csv": "shared rows and Jaccard of every two",
    "orders.csv": "how alike every two of them rank",
    "sets.csv": "rows in exactly these selections, every combination",
    "effects.csv": "metrics, lengths and shares against the pool, with effect sizes",
    "shares.csv": "shares of clusters, sources, tags and models",
    "moved.csv": "every row that came in or went out against the first, and why",
}


def write_report(folder: Path, line: Line, table: list[Row], clustering: str | None, build: str) -> list[Path]:
    """Writes the files of FILES and report.md into `folder`; `table` is the selections' table, `build` its id."""
    sides = line.sides
    documents = {
        "table.csv": to_csv(table),
        "table.tex": to_latex(table, "Selections side by side.", "tab:selections"),
        "report.json": to_json(document(line, table, build)),
        "overlap.csv": to_csv(overlap_table(sides)),
        "orders.csv": to_csv(orders_table(sides)),
        "sets.csv": to_csv(sets_table(sides)),
        "effects.csv": to_csv(effects_table(sides, clustering)),
        "shares.csv": to_csv(shares_table(sides, clustering)),
        "moved.csv": to_csv(moved_table(sides)),
        "report.md": "\n".join(page(line, table, clustering, build)).encode("utf-8"),
    }
    for name, content in documents.items():
        write_whole(folder / name, [content])
    return [folder / name for name in documents]


def document(line: Line, table: list[Row], build: str) -> dict[str, Any]:
    """What report.json and `--out FILE.json` hold."""
    recipes = {entry.name: entry.selection.recipe.document() for entry in line.sides.entries}
    return {
        "build": build, "selections": table, "recipes": recipes, "left_out": line.left_out, "shorter": line.shorter,
    }  # fmt: skip


def overlap_table(sides: SideBySide) -> list[Row]:
    """One row a pair of selections, each with itself too."""
    found = sides.overlap()
    return [
        {"selection": first, "other": other, "shared": int(found.shared[i, j]), "jaccard": float(found.jaccard[i, j])}
        for i, first in enumerate(sides.names)
        for j, other in enumerate(sides.names)
    ]


def orders_table(sides: SideBySide) -> list[Row]:
    """One row a pair of selections: rho over the pool and tau over the shared rows, each with its rows."""
    found = orders(sides)
    return [
        {"selection": first, "other": other, "spearman_pool": float(found.pool[i, j]),
         "pool_rows": int(found.pool_rows[i, j]), "kendall_shared": float(found.shared[i, j]),
         "shared_rows": int(found.shared_rows[i, j])}
        for i, first in enumerate(sides.names)
        for j, other in enumerate(sides.names)
    ]  # fmt: skip


def sets_table(sides: SideBySide) -> list[Row]:
    """One row a combination, largest first: its rows, and 1 for each selection that holds them."""
    table: list[Row] = []
    for each in intersections(sides.rows, len(sides.pool.pool)):
        held: Row = {f"in:{name}": int(place in each.members) for place, name in enumerate(sides.names)}
        table.append({"rows": each.rows, "selections": len(each.members), **held})
    return table


def shares_table(sides: SideBySide, clustering: str | None) -> list[Row]:
    """One row a group: the pool's share and each selection's."""
    table: list[Row] = []
    for kind in kinds(sides, clustering):
        shares = sides.shares(kind, clustering)
        for place, group in enumerate(shares.names):
            row: Row = {"kind": kind, "group": group, "pool": float(shares.pool[place])}
            table.append(
                row | {f"share:{name}": float(shares.selected[n, place]) for n, name in enumerate(sides.names)}
            )
    return table


def moved_table(sides: SideBySide) -> list[Row]:
    """One row a moved row of every other selection (see `moved_rows`), with the same columns for all."""
    found = {place: moved(sides, place) for place in range(1, len(sides))}
    metrics = sorted({metric for each in found.values() for metric in each.metrics})
    return [row for place, each in found.items() for row in moved_rows(sides, place, each, metrics)]


def moved_rows(sides: SideBySide, place: int, found: Moved, metrics: Sequence[str] | None = None) -> list[Row]:
    """One row a moved row: where it stood, and why it moved (see `crowdselect.compare.moved`).

    `part:METRIC` are gains in score against the bar (`unit` score), which with `bar` add up to `gained`; where no bar
    decides, percentage points between its percentile and the mean of the selection that lacks it, and `reason` is why
    it is out of that one (see `crowdselect.reasons`).
    """
    column = {metric: nth for nth, metric in enumerate(found.metrics)}
    shown = found.metrics if metrics is None else metrics
    return [
        {
            "selection": sides.names[place],
            "uuid": str(sides.pool.pool.uuids[row]),
            "moved": "in" if found.came_in[nth] else "out",
            "rank_first": int(found.rank_first[nth]) or "",
            "rank": int(found.rank_other[nth]) or "",
            "reason": found.reasons[nth],
            "amount": float(found.amount[nth]),
            "unit": "score" if found.exact else "percentile",
            **{f"part:{name}": float(found.parts[nth, column[name]]) if name in column else "" for name in shown},
            "bar": float(found.bar[nth]),
            "gained": float(found.gained[nth]) if found.exact else float("nan"),
        }
        for nth, row in enumerate(found.rows)
    ]


def page(line: Line, table: list[Row], clustering: str | None, build: str) -> list[str]:
    """The lines of report.md."""
    sides = line.sides
    lines = ["# Selections side by side", ""]
    note = " The data is synthetic." if sides.pool.pool.synthetic else ""
    lines += [
        f"Build {marked(build)}; {len(sides.pool):,} eligible rows under the first selection's choices.{note}",
        "",
    ]
    lines += to_markdown(table)
    for what, notes in (("Left out", line.left_out), ("Shorter than asked", line.shorter)):
        if notes:
            lines += ["", f"## {what}", "", *(f"- {marked(name)}: {marked(why)}" for name, why in notes.items())]
    lines += ["", "## Effect sizes against the pool", "", *to_markdown(_wide_effects(sides, clustering))]
    lines += [
        "",
        "Metrics: Cliff's δ, P(selected > pool) − P(selected < pool). Groups: Jensen-Shannon distance of the shares,",
        "0 as the pool, 1 nothing in common. effects.csv has shifts in σ and Cramér's V too.",
    ]
    lines += ["", "## Rows in exactly these selections", ""]
    for each in intersections(sides.rows, len(sides.pool.pool))[:MOST]:
        lines.append(f"- {each.rows:,}: {', '.join(marked(sides.names[place]) for place in each.members)}")
    lines += ["", f"## In and out against {marked(sides.names[0])}", ""]
    for place in range(1, len(sides)):
        found = moved(sides, place)
        said = ", ".join(
            f"{marked(reason_title(found, name) or title(name))} ({came:,} in, {went:,} out)"
            for name, came, went in counts(found)
        )
        lines.append(
            f"- {marked(sides.names[place])}: {int(found.came_in.sum()):,} came in, "
            f"{int((~found.came_in).sum()):,} went out{': ' + said if said else ''}"
        )
    lines += ["", "## What the columns say", ""]
    for column in table[0]:
        known = COLUMNS[column]
        lines.append(f"- {title(column)}: {known.help}")
    lines += ["", "## Files", "", *(f"- {marked(name)}: {what}" for name, what in FILES.items()), ""]
    return lines


def _wide_effects(sides: SideBySide, clustering: str | None) -> list[Row]:
    """One row a selection, a column a metric or kind of group."""
    wide: Mapping[str, Row] = {name: {"selection": name} for name in sides.names}
    for row in effects_table(sides, clustering):
        value = row["cliffs_delta"] if row["cliffs_delta"] == row["cliffs_delta"] else row["jensen_shannon"]
        wide[str(row["selection"])][_of(str(row["of"]))] = float(value) if not isinstance(value, str) else np.nan
    return list(wide.values())


def _of(what: str) -> str:
    return what if what in SHOWN else f"shares of {what}"
