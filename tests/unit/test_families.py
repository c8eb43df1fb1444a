"""Families and sizes: from a file, from the shipped table, from the names; and the strictness of the file."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crowdselect.errors import UserError
from crowdselect.families import SHIPPED, families, read_families, size_of, write_families
from crowdselect.pool import Model

ZOO = {  # the paper's zoo, as definitions.md lists it
    "gemma-2": {"gemma-2-2b-it": 2, "gemma-2-9b-it": 9, "gemma-2-27b-it": 27},
    "Meta-Llama-3": {"Meta-Llama-3-8B-Instruct": 8, "Meta-Llama-3-70B-Instruct": 70},
    "Meta-Llama-3.1": {
        "Meta-Llama-3.1-8B-Instruct": 8,
        "Meta-Llama-3.1-70B-Instruct": 70,
        "Meta-Llama-3.1-405B-Instruct": 405,
    },
    "Phi-3": {"Phi-3-mini-128k-instruct": 3.8, "Phi-3-small-128k-instruct": 7, "Phi-3-medium-128k-instruct": 14},
    "Qwen2": {"Qwen2-1.5B-Instruct": 1.5, "Qwen2-7B-Instruct": 7, "Qwen2-72B-Instruct": 72},
    "Qwen2.5": {
        "Qwen2.5-3B-Instruct": 3,
        "Qwen2.5-7B-Instruct": 7,
        "Qwen2.5-14B-Instruct": 14,
        "Qwen2.5-32B-Instruct": 32,
        "Qwen2.5-72B-Instruct": 72,
    },
}


def test_the_papers_zoo_is_shipped() -> None:
    names = [name for members in ZOO.values() for name in members]
    assert len(names) == 19
    assert families(names) == {
        name: Model(name, family, size, "shipped") for family, members in ZOO.items() for name, size in members.items()
    }


def test_the_shipped_table_is_whole() -> None:
    models = read_families(SHIPPED)
    assert len(models) > 300
    assert len({model.name.casefold() for model in models}) == len(models)
    sizes: dict[str, set[float]] = {}
    for model in models:
        assert model.params_b is None or 0.01 <= model.params_b <= 2000
        if model.family:
            assert model.params_b is not None
            sizes.setdefault(model.family, set()).add(model.params_b)
    assert all(len(of) > 1 for of in sizes.values()), "a family needs two sizes"


def test_shipped_sizes_agree_with_the_names() -> None:
    nominal = {"Mixtral", "Llama-4", "WizardLM-2", "internlm2.5-chat"}  # not what multiplying the experts gives
    for model in read_families(SHIPPED):
        told = size_of(model.name)
        if (
            told
            and model.params_b
            and model.family not in nominal
            and "moe" not in model.name.lower().replace("8x7b", "moe")
        ):
            assert abs(told[0] - model.params_b) <= 1.6, model


def test_lookup_ignores_case_and_owner() -> None:
    found = families(["Qwen/qwen2-7b-instruct", "META-LLAMA/meta-llama-3-8b-instruct"])
    assert [(model.name, model.family, model.params_b, model.origin) for model in found.values()] == [
        ("Qwen/qwen2-7b-instruct", "Qwen2", 7, "shipped"),
        ("META-LLAMA/meta-llama-3-8b-instruct", "Meta-Llama-3", 8, "shipped"),
    ]


@pytest.mark.parametrize(
    ("name", "size", "stem"),
    [
        ("toy-7b", 7, "toy"),
        ("org/Toy_0.5B_chat", 0.5, "toy-chat"),
        ("toy-8x7B-v2", 56, "toy-v2"),
        ("toy-350m", 0.35, "toy"),
        ("toy:7b", 7, "toy"),
        ("toy2.5-1_8b-it", 1.8, "toy2.5-it"),
        ("mystery-model-9000b", 9000, "mystery-model"),
        ("toy-7B-Instruct-10m", 7, "toy-instruct-10m"),
        ("Toy3-30B-A3B", 30, "toy3-a3b"),
        ("7b", 7, ""),
    ],
)
def test_sizes_in_names(name: str, size: float, stem: str) -> None:
    assert size_of(name) == (size, stem)


@pytest.mark.parametrize(
    "name",
    [
        "toy",
        "toy-128k",
        "toy-4bit",
        "toy7b",
        "toy-7bn",
        "toy-99999b",
        "toy-0b",
        "toy-1m",
        "gpt-4",
        "v1.7b",
        "",
        "/",
        "toy-0.001b",
    ],
)
def test_names_without_a_believable_size(name: str) -> None:
    assert size_of(name) is None
    assert families([name])[name].family is None


def test_a_guessed_family_needs_two_sizes() -> None:
    found = families(["toy-7b-x", "toy-70B-X", "other-7b", "me/same-7b", "you/same-7b", "nameless", "7b", "13b"])
    assert {name: (model.family, model.params_b, model.origin) for name, model in found.items()} == {
        "toy-7b-x": ("toy-x", 7, "guessed"),
        "toy-70B-X": ("toy-x", 70, "guessed"),
        "other-7b": (None, 7, "guessed"),
        "me/same-7b": (None, 7, "guessed"),
        "you/same-7b": (None, 7, "guessed"),
        "nameless": (None, None, "guessed"),
        "7b": (None, 7, "guessed"),
        "13b": (None, 13, "guessed"),
    }


def test_a_file_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "families.csv"
    path.write_text("model,family,params_b\ngemma-2-2b-it,mine,2.6\ngemma-2-9b-it,,\n", encoding="utf-8-sig")
    found = families(["google/Gemma-2-2B-it", "gemma-2-9b-it", "gemma-2-27b-it", "toy-7b"], path)
    assert {name: (model.family, model.params_b, model.origin) for name, model in found.items()} == {
        "google/Gemma-2-2B-it": ("mine", 2.6, "csv"),
        "gemma-2-9b-it": (None, None, "csv"),
        "gemma-2-27b-it": ("gemma-2", 27, "shipped"),
        "toy-7b": (None, 7, "guessed"),
    }


def test_the_real_families_file(alpacaeval: Path) -> None:
    models = read_families(alpacaeval / "families.csv")
    found = families([model.name for model in models], alpacaeval / "families.csv")
    assert list(found.values()) == models
    assert len({model.family for model in models} - {None}) == 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1 is ''"),
        (b"model,params_b\n", "line 1 is 'model,params_b'; a families file has model,family,params_b"),
        (b"model,family,params_b\na,f,7\nb,f\n", "line 3 has 2 cells"),
        (b"model,family,params_b\na,f,7b\n", "line 2: params_b is '7b'; write billions"),
        (b"model,family,params_b\na,f,-7\n", "line 2: params_b is '-7'"),
        (b"model,family,params_b\na,f,nan\n", "params_b is 'nan'"),
        (b"model,family,params_b\na,f,1e999\n", "params_b is '1e999'"),
        (b"model,family,params_b\na,f,1_0\n", "params_b is '1_0'"),
        (b"model,family,params_b\n ,f,7\n", "line 2 names no model"),
        (b"model,family,params_b\na,f,7\na,g,8\n", "line 3 names the model 'a' again"),
        (b"model,family,params_b\n\xff,f,7\n", "is not UTF-8"),
        (b'model,family,params_b\n"a,f,7\n', "is not CSV"),
    ],
)
def test_errors_name_file_line_and_value(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    with pytest.raises(UserError) as raised:
        families(["a"], path)
    assert message in str(raised.value)
    assert "mine.csv" in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Cannot read the families file '.*none\.csv'"):
        families(["a"], tmp_path / "none.csv")
    with pytest.raises(UserError, match="Cannot write the families file"):
        write_families([], tmp_path / "no" / "families.csv")


text = st.text(st.characters(exclude_categories=["Cs"])).filter(lambda name: bool(name.strip()))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.builds(
            Model,
            text,
            st.none() | text.map(str.strip),
            st.none() | st.floats(min_value=1e-9, max_value=1e300),
            st.just("csv"),
        ),
        unique_by=lambda model: model.name,
    )
)
def test_written_families_come_back(tmp_path: Path, models: list[Model]) -> None:
    path = tmp_path / "families.csv"
    write_families(models, path)
    assert read_families(path) == models
    assert list(tmp_path.iterdir()) == [path]


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=8))
def test_any_name_has_an_answer(names: list[str]) -> None:
    found = families(names)
    assert set(found) == set(names)
    for name, model in found.items():
        assert model.name == name
        assert model.params_b is None or 0.01 <= model.params_b <= 10_000 or model.origin == "shipped"
