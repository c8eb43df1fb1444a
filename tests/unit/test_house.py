"""The rules of the house: who may import whom, how long a file may be, and what must never be written."""

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MAY_IMPORT = {
    "app.py": {"pages", "crowdselect"},
    "pages": {"crowdselect", "pages"},
    "crowdselect": {"crowdselect"},
    "precompute": {"crowdselect", "precompute"},
}
OURS = {"app", "pages", "crowdselect", "precompute", "tests"}
LIBRARIES = {"streamlit": ("app.py", "pages"), "torch": ("precompute",), "duckdb": ("crowdselect/store", "precompute")}
FILES = sorted(
    path for top in MAY_IMPORT for path in ([ROOT / top] if top.endswith(".py") else (ROOT / top).rglob("*.py"))
)
BANNED_CALLS = {
    "unsafe_allow_html": "untrusted text would become markup",
    "extractall": "archives are never unpacked",
    "allow_pickle=True": "pickles run code",
    "trust_remote_code=True": "remote code is off unless a user names it",
    "components.html": "untrusted text would become markup",
    "st.html(": "untrusted text would become markup",
    "pickle.load": "pickles run code",
    "joblib.load": "pickles run code",
    "torch.load": "only safetensors are read",
    "yaml.load(": "use yaml.safe_load",
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) if node.level == 0}
    return {name.split(".")[0] for name in names}


def test_there_is_something_to_check() -> None:
    assert len(FILES) > 30


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_run_one_way(path: Path) -> None:
    top = name_of(path).split("/")[0]
    assert imports(path) & OURS <= MAY_IMPORT[top]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_heavy_libraries_stay_in_their_place(path: Path) -> None:
    for library, places in LIBRARIES.items():
        if library in imports(path):
            assert name_of(path).startswith(places), f"{library} belongs in {' and '.join(places)}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_answer_one_question(path: Path) -> None:
    most = 80 if path.name == "app.py" else 150 if path.parent == ROOT / "pages" else 300
    assert len(path.read_text(encoding="utf-8").splitlines()) <= most


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_file_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not text.strip() or ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nothing_dangerous_is_called(path: Path) -> None:
    code = path.read_text(encoding="utf-8")
    for call, why in BANNED_CALLS.items():
        assert call not in code, f"{call}: {why}"


def test_requirements_are_pinned() -> None:
    for file in (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"):
        for line in file.read_text().splitlines():
            assert not line or line.startswith("#") or re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", line), line


def loads(path: Path, known: set[str]) -> set[str]:
    """The modules of ours that importing this file loads: named at its top level, with the packages they lie in."""
    own = module_of(path)
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        parts = [name.split(".") for name in names]
        found |= {".".join(part[:end]) for part in parts for end in range(1, len(part) + 1)}
    return {name for name in found & known if name != own and not own.startswith(f"{name}.")}


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_no_file_imports_itself_by_way_of_others() -> None:
    """Files that import each other in a circle work or fail by who comes first."""
    known = {module_of(path) for path in FILES}
    try:
        list(TopologicalSorter({module_of(path): loads(path, known) for path in FILES}).static_order())
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))
