"""IFD by SmolLM2 on the real pack: the losses, ratios and drops of the published code."""

import os
from pathlib import Path
from typing import Any

import pytest

from precompute.models.causal import CausalModel
from precompute.models.causal_server import CausalServer
from precompute.models.ifd import Pair, cherry_pair, cherry_ratio, superfiltering_pair, superfiltering_ratio
from precompute.models.load_causal import load_causal
from precompute.models_file import Measurer
from tests.smollm2 import folder
from tests.unit.loss_servers import MODEL, telling

pytestmark = pytest.mark.slow  # a language model at work
# Which pairs' losses are computed, by their places among the 120, shortest response first. All of them (IFD_PAIRS=120)
# take ten minutes. These: 0 has one token to score, or none; short ones; 16 has other tokens after the prompt than
# alone; 38 is made harder by its instruction, by both methods; 68 has a long instruction, is over the limit of `ifd`
# alone, and cut.
TELLING = (0, 1, 2, 3, 4, 6, 8, 16, 38, 68)
PAIRS = range(int(os.environ["IFD_PAIRS"])) if "IFD_PAIRS" in os.environ else TELLING
LIMIT = 1024
PUBLISHED_MARKER = 4
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def smollm2() -> CausalModel:
    return load_causal(str(folder()))


@pytest.fixture(scope="module")
def reference(alpacaeval: Path) -> list[dict[str, Any]]:
    """The 120 pairs with their texts, short ones first."""
    import pyarrow.parquet as pq

    rows = pq.read_table(alpacaeval / "reference" / "baselines" / "ifd.parquet").to_pylist()
    zoo = {row["uuid"]: row for row in pq.read_table(alpacaeval / "zoo.parquet").to_pylist()}
    for row in rows:
        row["instruction"] = zoo[row["uuid"]]["instruction"]
        row["response"] = zoo[row["uuid"]][row["model"]]["content"]
    return sorted(rows, key=lambda row: row["n_tokens_response"])


def pairs(model: CausalModel, row: dict[str, Any], marker_tokens: int | None = None) -> tuple[Pair, Pair]:
    texts = row["instruction"], row["response"], LIMIT
    return cherry_pair(model.encode, *texts, marker_tokens), superfiltering_pair(model.encode, *texts)


def test_every_pair_is_read_as_the_published_code_reads_it(
    smollm2: CausalModel, reference: list[dict[str, Any]]
) -> None:
    for row in reference:
        cherry, superfiltering = pairs(smollm2, row, PUBLISHED_MARKER)
        assert (cherry.prompt_tokens, superfiltering.prompt_tokens) == (
            row["cherry_prompt_tokens"],
            row["sf_prompt_tokens"],
        )
        assert (cherry.alone.scored, cherry.conditioned.scored) == (
            row["cherry_n_scored_alone"],
            row["cherry_n_scored_conditioned"],
        )
        assert (superfiltering.alone.scored, superfiltering.conditioned.scored) == (
            row["sf_n_scored_alone"],
            row["sf_n_scored_conditioned"],
        )


def test_losses_ratios_and_drops(smollm2: CausalModel, reference: list[dict[str, Any]]) -> None:
    some = [reference[place] for place in PAIRS]
    reasons = [{row["cherry_drop_reason"] for row in rows} for rows in (some, reference)]
    assert reasons[0] == reasons[1] or PAIRS is not TELLING
    read = [pairs(smollm2, row) for row in some]
    texts = [text for both in read for pair in both for text in (pair.alone, pair.conditioned)]
    together = smollm2.losses(texts)  # short texts share a pass
    for place, (row, (cherry, superfiltering)) in enumerate(zip(some, read, strict=True)):
        published, _ = pairs(smollm2, row, PUBLISHED_MARKER)
        losses = together[4 * place : 4 * place + 4]
        ratio = cherry_ratio(cherry, losses[0], losses[1], LIMIT)
        assert ratio.loss_alone == pytest.approx(row["loss_alone_own_marker"], abs=TOLERANCE)
        assert ratio.loss_conditioned == pytest.approx(row["loss_conditioned"], abs=TOLERANCE)
        assert ratio.value == pytest.approx(row["ifd_own_marker"], abs=TOLERANCE)
        # the drops of the published code, where the alone text of a response that was cut has a token more
        dropped = cherry_ratio(published, losses[0], losses[1], LIMIT).reason
        assert (dropped is not None) == row["cherry_dropped"], (row["uuid"], dropped)
        ratio = superfiltering_ratio(superfiltering, losses[2], losses[3], LIMIT)
        if superfiltering.alone.scored:
            assert ratio.value == pytest.approx(row["ifd_ppl"], abs=TOLERANCE)
        else:
            assert ratio.value is None
        assert (ratio.reason is not None) == row["sf_dropped"], (row["uuid"], ratio.reason)


@pytest.mark.parametrize("kind", ["vllm", "sglang"])
def test_a_server_with_the_same_weights_gives_the_published_ratios(
    kind: str, smollm2: CausalModel, reference: list[dict[str, Any]]
) -> None:
    with telling(smollm2.tokenizer, smollm2.model, kind=kind) as served:
        server = CausalServer(Measurer.model_validate({"base_url": served.address, "model": MODEL, "kind": kind}))
        for row in reference[4:7]:
            cherry = cherry_pair(server.encode, row["instruction"], row["response"], LIMIT)
            ratio = cherry_ratio(cherry, *server.losses([cherry.alone, cherry.conditioned]), LIMIT)
            assert ratio.value == pytest.approx(row["ifd_own_marker"], abs=TOLERANCE)
