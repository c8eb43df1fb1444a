"""Tables for papers, spreadsheets and terminals: whatever a name holds, it is shown as a text."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdselect.compare.layouts import LATEX, escaped, marked, shown, to_json, to_latex, to_lines, to_markdown
from tests.pages.builds import HOSTILE

NASTY = r"\input{/etc/passwd} $x$ a&b 100% #1 x_y ~^{} <b> |z| \" `ls` -- ''"
TEXTS = st.one_of(st.text(max_size=40), st.sampled_from([NASTY, HOSTILE]))


@given(TEXTS)
def test_no_text_is_a_command_of_latex(text: str) -> None:
    """What is left when every escape is taken out has no special character; and the escapes say the text."""
    found = escaped(text)
    rest = found
    for sign in sorted(set(LATEX.values()), key=len, reverse=True):
        rest = rest.replace(sign, "")
    assert not re.search(r"[\\{}$&#%_^~\n\r\x00]", rest.replace("{}", ""))
    assert "--" not in found


def test_latex_escapes_what_it_must() -> None:
    assert escaped(r"50%_a & \b{c}") == r"50\%\_a \& \textbackslash{}b\{c\}"
    assert escaped("a--b") == "a-{}-b"
    assert escaped("one\ntwo\u202ethree\x00") == "one two three"


def test_a_latex_table_has_a_line_a_row_and_a_cell_a_column() -> None:
    rows = [
        {"selection": f"{NASTY} & b", "rows": 1000, "jaccard": 0.5, "core": float("nan")},
        {"selection": "x", "rows": 2, "jaccard": -0.00001, "core": 3},
    ]
    text = to_latex(rows, "A & b", "tab:x y}").decode()
    lines = text.splitlines()
    assert r"\begin{tabular}{lrrr}" in lines
    assert r"\caption{A \& b}" in lines
    assert r"\label{tab:xy}" in lines
    body = lines[lines.index(r"\midrule") + 1 : lines.index(r"\bottomrule")]
    assert [len(re.findall(r"(?<!\\)&", line)) for line in body] == [3, 3]
    assert body[0].endswith(r"& 1,000 & 0.500 & \textendash{} \\")
    assert body[1] == r"x & 2 & $-$1e$-$05 & 3 \\"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not on this machine")
def test_latex_can_read_it(tmp_path: Path) -> None:
    table = to_latex([{"selection": NASTY, "rows": 1}], NASTY).decode()
    packages = r"\usepackage{booktabs,graphicx}\usepackage[T1]{fontenc}"
    (tmp_path / "t.tex").write_text(rf"\documentclass{{article}}{packages}\begin{{document}}{table}\end{{document}}")
    done = subprocess.run(["pdflatex", "-halt-on-error", "t.tex"], cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode == 0


@given(TEXTS)
def test_markdown_and_terminal_stay_on_one_line(text: str) -> None:
    [header, rule, row] = to_markdown([{"selection": text, "rows": 3}])
    assert len(re.findall(r"(?<!\\)\|", row)) == len(re.findall(r"\|", rule)) == 3
    assert not re.search(r"(?<!\\)[<>\[\]`$!]", marked(text))
    assert all(line.isprintable() for line in to_lines([{"selection": text, "rows": 3}]))
    assert header.startswith("| Selection | Rows |")


def test_numbers_are_what_a_reader_needs() -> None:
    assert shown("jaccard", 0.12345) == "0.123"
    assert shown("rows", 12345) == "12,345"
    assert shown("difficulty", -1.5) == "−1.500"
    assert shown("core", float("nan")) == "–"


def test_json_has_no_number_that_is_none() -> None:
    document = json.loads(to_json({"a": [float("nan"), float("inf"), 1.5], "b": {"c": "é"}}))
    assert document == {"a": [None, None, 1.5], "b": {"c": "é"}}
