"""What fits into memory by the model's width: the tokens of a pass on a GPU, the passes at a time on a processor."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from precompute.models.room import (
    CPU_TOKENS,
    LOGITS,
    MOST,
    SHARE,
    Room,
    Width,
    passes_that_fit,
    room_of,
    tokens_that_fit,
    width_of,
)

GB = 2**30
# As their published configurations have them; bfloat16.
SMALL = Width(hidden=1024, inner=3072, layers=28, heads=16, vocabulary=0, number=2)  # Qwen3-0.6B as a reward model
MINILM = Width(hidden=384, inner=1536, layers=6, heads=12, vocabulary=0, number=4)  # float32, as an embedder
LARGE = Width(hidden=4096, inner=14336, layers=32, heads=32, vocabulary=0, number=2)  # Llama-3.1-8B


def test_bytes_a_token_by_hand() -> None:
    # 2*28*1024 kept; 8*1024 + 4*3072 + 2*16*512 at work; 2 bytes each
    assert SMALL.token_bytes(512) == (57_344 + 8_192 + 12_288 + 16_384) * 2
    with_logits = replace(SMALL, vocabulary=151_936)
    assert with_logits.token_bytes(512) - SMALL.token_bytes(512) == 151_936 * 10


def test_a_wider_model_and_less_memory_make_smaller_passes() -> None:
    assert tokens_that_fit(60 * GB, SMALL, 512) == MOST
    assert tokens_that_fit(60 * GB, LARGE, 512) == 32_768
    assert tokens_that_fit(6 * GB, LARGE, 512) == 4_096
    assert tokens_that_fit(60 * GB, LARGE, 8_192) == 16_384
    assert tokens_that_fit(60 * GB, replace(SMALL, vocabulary=151_936), 512) == 4_096  # LOGITS
    assert tokens_that_fit(1, LARGE, 512) == CPU_TOKENS


@given(st.integers(0, 200 * GB), st.sampled_from([SMALL, LARGE]), st.sampled_from([0, 49_152]), st.integers(16, 32_768))
def test_passes_stay_within_the_memory_and_the_bounds(free: int, width: Width, vocabulary: int, length: int) -> None:
    width = replace(width, vocabulary=vocabulary)
    fit = tokens_that_fit(free, width, length)
    assert CPU_TOKENS <= fit <= MOST
    assert fit.bit_count() == 1
    assert fit == CPU_TOKENS or fit * width.token_bytes(length) <= free * SHARE
    assert fit * vocabulary <= LOGITS
    assert fit <= tokens_that_fit(2 * free, width, length)
    assert fit >= tokens_that_fit(free, width, 2 * length)


def test_a_wider_model_longer_texts_and_less_memory_make_fewer_passes_at_a_time() -> None:
    # 2*6*384 kept; 8*384 + 4*1536 + 2*12*256 at work; 4 bytes each, for the 2,048 tokens of 8 texts
    assert 2_048 * MINILM.token_bytes(256) == 163_577_856
    assert passes_that_fit(GB, MINILM, 2_048, 256, most=16) == 3
    assert passes_that_fit(GB, MINILM, 64, 8, most=16) == 16
    assert passes_that_fit(GB, LARGE, 2_048, 256, most=16) == 1
    assert passes_that_fit(0, MINILM, 2_048, 256, most=16) == 1


@given(st.integers(0, 200 * GB), st.sampled_from([SMALL, MINILM, LARGE]), st.integers(1, 256), st.integers(1, 8_192))
def test_passes_at_a_time_stay_within_the_memory_and_the_cores(free: int, width: Width, most: int, length: int) -> None:
    fit = passes_that_fit(free, width, 8 * length, length, most)
    assert 1 <= fit <= most
    assert fit == 1 or fit * 8 * length * width.token_bytes(length) <= free * SHARE
    assert fit <= passes_that_fit(2 * free, width, 8 * length, length, most)
    assert fit >= passes_that_fit(free, width, 8 * length, 2 * length, most)


def test_a_gpu_has_high_passes_one_at_a_time_and_a_processor_low_ones_side_by_side() -> None:
    on_gpu, here, nowhere = Room(SMALL, 60 * GB), Room(SMALL), Room()
    assert [room.height(512) for room in (on_gpu, here, nowhere)] == [MOST // 512, 1, 1]
    assert [room.height(16) for room in (on_gpu, here, nowhere)] == [MOST // 16, CPU_TOKENS // 16, CPU_TOKENS // 16]
    assert [room.at_a_time(512, 512, 8 * GB, most=4) for room in (on_gpu, here, nowhere)] == [1, 4, 4]
    assert [room.at_a_time(512, 512, GB // 8, most=4) for room in (on_gpu, here, nowhere)] == [1, 1, 4]
    assert Room(None, 60 * GB).height(16) == CPU_TOKENS // 16, "a width that is not known is no reason to fill a GPU"


@pytest.mark.slow  # torch and transformers at work
def test_the_width_is_read_from_the_configuration_and_a_processor_has_its_own(tmp_path: Path) -> None:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    from precompute.models.load_causal import load_causal
    from tests.unit.tiny_models import save_causal_model

    model = load_causal(str(save_causal_model(tmp_path))).model
    assert width_of(model, logits=True) == Width(32, 64, 2, 4, model.config.vocab_size, 4)
    assert width_of(model.to(torch.bfloat16), logits=False) == Width(32, 64, 2, 4, 0, 2)
    older = GPT2LMHeadModel(GPT2Config(n_embd=32, n_layer=3, n_head=2, vocab_size=50))
    assert width_of(older, logits=True) == Width(32, 128, 3, 2, 50, 4)
    assert room_of(older, logits=True) == Room(Width(32, 128, 3, 2, 50, 4))
    assert room_of(torch.nn.Linear(2, 2), logits=False) == Room()
