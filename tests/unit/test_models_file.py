"""models.yaml: what it may say, and what is answered when it says something else."""

import textwrap
from pathlib import Path

import pytest

import precompute.models_file as models_file
from crowdselect.errors import UserError
from precompute.models_file import parse_models, read_models

SERVER = "base_url: 'http://localhost:8000/v1'"


def test_the_example_of_the_docstring_is_one() -> None:
    assert models_file.__doc__
    found = parse_models(textwrap.dedent(models_file.__doc__.partition("\n\n")[2]))
    assert [model.name for model in found.models] == ["qwen3-8b", "smollm2-135m"]
    first = found.models[0]
    assert (first.family, first.params_b, first.served, first.concurrency) == ("qwen3", 8, "Qwen/Qwen3-8B", 16)
    assert found.models[1].local
    assert not first.local
    assert found.reward_models[1].kind == "vllm"
    assert found.ifd
    assert found.ifd.weights.endswith(".gguf")
    assert found.tag
    assert found.tag.label == "Qwen/Qwen3-8B"
    assert found.judge
    assert (found.judge.price_in, found.judge.price_out) == (2, 8)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("models: [{name: a}]", "models.0: give base_url (a server) or path (local weights)"),
        (f"models: [{{name: a, path: x, {SERVER}}}]", "one of the two"),
        (f"models: [{{{SERVER}}}]", "models.0.name: field required"),
        (f"models: [{{name: a, {SERVER}, temperature: 1}}]", "unknown key 'models.0.temperature'; there are base_url"),
        (f"models: [{{name: a, {SERVER}}}, {{name: a, path: x}}]", "'a' stands there twice"),
        (f"models: [{{name: a, {SERVER}, concurrency: 0}}]", "models.0.concurrency: input should be greater"),
        (f"models: [{{name: a, {SERVER}, timeout: .nan}}]", "models.0.timeout"),
        (f"models: [{{name: a, {SERVER}, params: {{messages: []}}}}]", "params may not hold messages"),
        ("models: [{name: a, base_url: localhost}]", "an address looks like http://"),
        ("models: [{name: a, base_url: 'http://me:secret@host/v1'}]", "name its environment variable with api_key_env"),
        (f"models: [{{name: a, {SERVER}, api_key_env: 'sk-secret'}}]", "models.0.api_key_env"),
        ("models: {a: b}", "models: input should be a list"),
        ("model: []", "unknown key 'model'; there are models, reward_models, ifd, tag, judge"),
        ("- a", "begin with a list `models:`"),
        ("", "begin with a list `models:`"),
        ("models: [", "it is not YAML"),
        ("models: !!python/object/apply:os.system [true]", "it is not YAML"),
        (f"reward_models: [{{name: r, {SERVER}}}]", "say which server it is: kind: vllm or kind: sglang"),
        (f"reward_models: [{{name: r, {SERVER}, kind: transformers}}]", "kind transformers goes with path"),
        ("ifd: {max_length: 512}", "ifd: give model (a hub name) or path"),
        (f"ifd: {{{SERVER}}}", "ifd: with base_url (a server) goes model, what the server calls it"),
        (f"ifd: {{{SERVER}, model: m, path: x}}", "and no path"),
        (f"ifd: {{{SERVER}, model: m, kind: tgi}}", "ifd.kind: input should be 'vllm' or 'sglang'"),
        ("ifd: {path: x, kind: vllm}", "ifd: api_key_env, kind and tokenizer go with base_url"),
        ("ifd: {model: m, tokenizer: x}", "ifd: api_key_env, kind and tokenizer go with base_url"),
        (f"judge: {{{SERVER}}}", "judge: give name or model"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(text: str, says: str) -> None:
    with pytest.raises(UserError) as error:
        parse_models(text)
    assert says in str(error.value)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_list_of_one_stands_for_the_one() -> None:
    found = parse_models(f"tag: [{{model: m, {SERVER}}}]")
    assert found.tag
    assert found.tag.served == "m"


def test_weights_are_found_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    file = tmp_path / "models.yaml"
    file.write_text("models: [{name: a, path: weights}, {name: b, path: some/hub-name}]")
    found = read_models(file)
    assert [model.path for model in found.models] == [str(tmp_path / "weights"), "some/hub-name"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="check --models"):
        read_models(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"models: \xff")
    with pytest.raises(UserError, match="not UTF-8"):
        read_models(tmp_path / "latin.yaml")
    (tmp_path / "wrong.yaml").write_text("x: 1")
    with pytest.raises(UserError, match=r"^wrong.yaml: unknown key 'x'"):
        read_models(tmp_path / "wrong.yaml")
