"""Prompts of one's own: sent word for word, filled in once, part of what an answer is known by; ours stay as is."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from crowdselect.errors import UserError
from precompute.fingerprints import fingerprint
from precompute.jobs import judge, tag
from precompute.jobs.calls import payload_hash
from precompute.jobs.prompts import Prompt, read_prompt
from precompute.models_file import parse_models
from precompute.parameters import parameters, with_models
from tests.openai_server import Running, payload_key, serving
from tests.unit.asking import TEXTS, Asking

# As gpt4life/alpagasus and the paper of InsTag print them.
ALPAGASUS = {
    "system": "We would like to request your feedback on the performance of AI assistant in response to the instruction"
    " and the given input displayed following.",
    "user": "###Instruction:\n{instruction}\n\n### Input:\n\n\n### Response:\n{response}\n\nPlease rate according to"
    " the {dimension} of the response to the instruction and the input. Each assistant receives a score on a scale of 0"
    " to 5, where a higher score indicates higher level of the {dimension}. Please first output a single line"
    " containing value indicating the scores. In the subsequent line, please provide a comprehensive explanation"
    " of your evaluation, avoiding any potential bias.\n\n",
}
INSTAG = {
    "user": "You are a tagging system that provides useful tags for instruction intentions to distinguish instructions"
    " for a helpful AI assistant. Below is an instruction:\n[begin]\n{instruction}\n[end]\nPlease provide"
    ' coarse-grained tags, such as "Spelling and Grammar Check" and "Cosplay", to identify main intentions of above'
    " instruction. Your answer should be a list including titles of tags and a brief explanation of each tag. Your"
    ' response have to strictly follow this JSON format: [{"tag": str, "explanation": str}]. Please response in'
    " English."
}
MODELS = """tag: {base_url: "http://localhost/v1", model: t}
judge: {base_url: "http://localhost/v1", model: j, params: {temperature: 0}}"""


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving() as running:
        yield running


def kept(folder: Path, prompt: object, name: str = "prompt.yaml") -> Path:
    file = folder / name
    file.write_text(yaml.safe_dump(prompt) if not isinstance(prompt, str) else prompt)
    return file


def test_our_own_prompts_keep_the_answers_that_were_paid_for() -> None:
    """The hashes are those of the version that had no other prompts."""
    row = {"instruction": "Do {response} {x} {labels} {dimension}", "response": "So {instruction} {{}}"}
    expected = [
        (judge, {}, "04fd1f1541e432f1a51df9f75a2b94e5"),
        (judge, {"dimension": "helpfulness"}, "e7742c8de7d217ed6f20a5089c535c25"),
        (tag, {}, "a52195ea53442193600198857bddd634"),
        (tag, {"variant": "fixed", "min_count": 3}, "b2eb2bf9ddb83336581ad70ee908ac41"),
    ]
    for job, given, payload in expected:
        (params,) = job.of_models(job.Params(**given), parse_models(MODELS))
        questions = job.asked("answers", params)
        assert payload_hash(questions.chat, questions.messages(row)) == payload
        assert "prompt" not in json.loads(params.model_dump_json())
    (params,) = judge.of_models(judge.Params(), parse_models(MODELS))
    assert fingerprint(judge, "answers", params, {}).startswith("a12f62a5c02686c9")


def test_names_are_filled_in_once_and_other_braces_stay() -> None:
    prompt = Prompt(
        system="{dimension}", user='{"tag": str} {instruction}|{response}|{labels}|{{response}}|{ response }'
    )
    values = {"instruction": "{response} {0} {{}}", "response": "{instruction}\\1", "dimension": "accuracy"}
    system, user = (message["content"] for message in prompt.messages(values))
    assert system == "accuracy"
    assert user == '{"tag": str} {response} {0} {{}}|{instruction}\\1|{labels}|{{instruction}\\1}|{ response }'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("just text", "a prompt is YAML with `user"), ("user: [1]", "user: input should be a valid string"),
        ("system: only", "user: field required"), ("user: {a", "not YAML in line"), ("user: x\nmore: y", "more: extra"),
        ("user: 5", "user: input should be a valid string"), ("", "a prompt is YAML"),
    ],
)  # fmt: skip
def test_what_is_no_prompt_is_refused_in_a_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UserError, match=says) as error:
        read_prompt(kept(tmp_path, text))
    assert "\n" not in str(error.value)
    assert "prompt.yaml" in str(error.value)


def test_a_prompt_without_its_places_or_its_file_is_refused_before_anybody_is_asked(tmp_path: Path) -> None:
    models = kept(tmp_path, MODELS, "models.yaml")
    for job, prompt, says in (
        ("judge", {"user": "{instruction}"}, r"judge.prompt has no {response}"),
        ("judge", {"system": "{response}", "user": "Rate."}, r"judge.prompt has no {instruction}"),
        ("tag", {"user": "{labels}"}, r"tag.prompt has no {instruction}"),
    ):
        with pytest.raises(UserError, match=says):
            with_models([job], parameters([f"{job}.prompt={kept(tmp_path, prompt)}"]), models)
    for missing in (["judge.prompt=nowhere.yaml"], [f"judge.prompt={tmp_path}"]):
        with pytest.raises(UserError, match="cannot be read"):
            parameters(missing)
    fixed = kept(tmp_path, {"user": "{instruction} {response}"})
    with pytest.raises(
        UserError, match=r"judge.dimension=helpfulness changes nothing: judge.prompt has no {dimension}"
    ):
        with_models(["judge"], parameters([f"judge.prompt={fixed}", "judge.dimension=helpfulness"]), models)


@pytest.mark.slow
def test_the_published_prompts_are_sent_word_for_word(tmp_path: Path, server: Running) -> None:
    asking = Asking(tmp_path, server)
    kept(tmp_path, ALPAGASUS, "alpagasus.yaml")
    kept(tmp_path, INSTAG, "instag.yaml")
    answers = [{"name": "a", **asking.place("x")}]
    own = {"judge": asking.place("j"), "tag": asking.place("t")}
    asking.models(models=answers, **own)
    assert asking.run("generate", "judge", "tag") == 0
    ours = asking.rows("SELECT job, fingerprint FROM jobs WHERE output = 'answers' ORDER BY job")

    asking.models(models=answers, **{job: own[job] | {"prompt": f"{name}.yaml"} for job, name in
                                     (("judge", "alpagasus"), ("tag", "instag"))})  # fmt: skip
    before = asking.asked()
    assert asking.run("judge", "tag") == 0
    assert asking.asked() - before == 2 * len(TEXTS)
    sent = asking.server.stats()["answered"]
    for row in asking.rows("SELECT instruction, response FROM responses JOIN instructions USING (uuid)"):
        user = ALPAGASUS["user"].replace("{instruction}", "\0").replace("{response}", "\1")
        user = user.replace("{dimension}", "accuracy").replace("\0", row["instruction"]).replace("\1", row["response"])
        system = {"role": "system", "content": ALPAGASUS["system"]}
        messages = [system, {"role": "user", "content": user}]
        assert sent[payload_key({"model": "j", "messages": messages})] == 1
        user = INSTAG["user"].replace("{instruction}", row["instruction"])
        assert sent[payload_key({"model": "t", "messages": [{"role": "user", "content": user}]})] == 1
    theirs = asking.rows("SELECT job, fingerprint FROM jobs WHERE output = 'answers' ORDER BY job")
    assert all(one["fingerprint"] != other["fingerprint"] for one, other in zip(ours, theirs, strict=True))

    (tmp_path / "moved.yaml").write_text((tmp_path / "alpagasus.yaml").read_text())
    asking.models(models=answers, judge=own["judge"])
    before = asking.asked()
    assert asking.run("judge", "--set", f"judge.prompt={tmp_path / 'moved.yaml'}") == 0  # its text is known by now
    asking.models(models=answers, **own)
    assert asking.run("judge", "tag") == 0  # and back to ours
    assert asking.asked() == before
    assert asking.rows("SELECT job, fingerprint FROM jobs WHERE output = 'answers' ORDER BY job") == ours
