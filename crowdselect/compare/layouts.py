"""Tables as CSV, LaTeX, JSON and lines for a terminal. Names come from the data, so every layout escapes them."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

from crowdselect.compare.table import COLUMNS, Cell
from crowdselect.metrics import METRICS

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of a formula
Rows = Sequence[Mapping[str, Cell]]

WORDY = ("strategy", "shared", "top_model")
LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\textquotedbl{}", "`": r"\textasciigrave{}", "ρ": r"$\rho$",
    "−": "$-$", "×": r"$\times$", "–": r"\textendash{}", "—": r"\textemdash{}", "…": r"\ldots{}",
}  # fmt: skip
LIGATURE = re.compile(r"(?<=([-',]))\1")  # what TeX would set as another sign


def to_csv(rows: Rows) -> bytes:
    """The table as CSV. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = list(rows[0]) if rows else []
    writer.writerow([plain(column) for column in columns])
    writer.writerows([plain(row[column]) for column in columns] for row in rows)
    return stream.getvalue().encode("utf-8")


def plain(cell: Cell) -> str:
    """A number as it is, a text as text; nothing for a number that is not there."""
    if isinstance(cell, str):
        text = cell.replace("\x00", "")
        return f"'{text}" if text.lstrip(" ").startswith(FORMULA) or text.startswith(FORMULA) else text
    return "" if cell != cell else repr(cell)


def to_json(document: object) -> bytes:
    """Strict JSON, indented: a number that is not there is null."""
    return (json.dumps(_finite(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Mapping):
        return {str(key): _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list | tuple) else value


def to_latex(rows: Rows, caption: str = "", label: str = "") -> bytes:
    """A `table` as wide as the text, with booktabs' rules, for \\input; its first line says what it needs.

    Of the selections' table without the columns of WORDY, for which a page has no room.
    """
    columns = [column for column in rows[0] if column not in WORDY] if rows else []
    numeric = [any(not isinstance(row[column], str) for row in rows) for column in columns]
    lines = [
        r"% \usepackage{booktabs,graphicx}; with pdfLaTeX also \usepackage[T1]{fontenc}",
        r"\begin{table}",
        r"\centering",
        *([rf"\caption{{{escaped(caption)}}}"] if caption else []),
        *([rf"\label{{{''.join(each for each in label if each.isascii() and (each.isalnum() or each in ':-'))}}}"]
          if label else []),
        r"\resizebox{\textwidth}{!}{%",
        rf"\begin{{tabular}}{{{''.join('r' if number else 'l' for number in numeric)}}}",
        r"\toprule",
        _row([escaped(title(column)) for column in columns]),
        r"\midrule",
        *(_row([_latex_cell(column, row[column]) for column in columns]) for row in rows),
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table}",
    ]  # fmt: skip
    return ("\n".join(lines) + "\n").encode("utf-8")


def escaped(text: str) -> str:
    """A text that LaTeX sets as it stands: one line, no command, no ligature of dashes, no invisible character."""
    line = " ".join("".join(" " if _unseen(each) else each for each in text).split())
    return LIGATURE.sub(r"{}\1", "".join(LATEX.get(each, each) for each in line))


def title(column: str) -> str:
    """A column's heading: that of COLUMNS, else of the metric, else its own name."""
    known = COLUMNS.get(column)
    if known and known.title:
        return known.title
    return METRICS[column].title if column in METRICS else column.replace("_", " ")


def shown(column: str, cell: Cell) -> str:
    """As a reader sees it: few decimals, a dash where there is no number."""
    if isinstance(cell, str):
        return cell
    if cell != cell:
        return "–"
    known = COLUMNS.get(column)
    decimals = known.decimals if known and known.decimals is not None else 3
    if isinstance(cell, int):
        return f"{cell:,}".replace("-", "−")
    size = abs(cell)
    text = f"{cell:.1f}" if size >= 100 else f"{cell:.2g}" if 0 < size < 0.001 else f"{cell:.{decimals}f}"
    return text.replace("-", "−")


def to_lines(rows: Rows) -> list[str]:
    """The table for a terminal: aligned, names first, without a control character."""
    columns = list(rows[0]) if rows else []
    cells = [[title(column) for column in columns]]
    cells += [[_seen(shown(column, row[column])) for column in columns] for row in rows]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    words = [all(isinstance(row[column], str) for row in rows) for column in columns]
    return [
        "  ".join(
            cell.ljust(width) if word else cell.rjust(width)
            for cell, width, word in zip(line, widths, words, strict=True)
        ).rstrip()
        for line in cells
    ]


def to_markdown(rows: Rows) -> list[str]:
    """The table as lines of Markdown; every mark in a text is escaped."""
    columns = list(rows[0]) if rows else []
    lines = [
        "| " + " | ".join(title(column) for column in columns) + " |",
        "| " + " | ".join("---" for _ in columns) + " |",
    ]
    return lines + ["| " + " | ".join(marked(shown(column, row[column])) for column in columns) + " |" for row in rows]


def marked(text: str) -> str:
    """A text that Markdown shows as it stands, on one line."""
    return "".join(f"\\{each}" if each.isascii() and not each.isalnum() and each not in " .,%" else each
                   for each in _seen(text))  # fmt: skip


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _latex_cell(column: str, cell: Cell) -> str:
    return escaped(cell if isinstance(cell, str) else shown(column, cell))


def _seen(text: str, most: int = 60) -> str:
    line = " ".join("".join(" " if _unseen(each) else each for each in text).split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _unseen(character: str) -> bool:
    """Control and format characters, such as NUL or the one that turns text around."""
    return unicodedata.category(character)[0] == "C"
