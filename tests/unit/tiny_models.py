"""Tiny language and reward models with real weights and a tokenizer, saved as a directory of the hub would be."""

from pathlib import Path

BOS, EOS = "<s>", "</s>"
TEMPLATE = (
    "{{ bos_token }}{% for turn in messages %}<|{{ turn['role'] }}|> {{ turn['content'] }}{{ eos_token }}{% endfor %}"
)
CORPUS = [
    "Tell me why the sea is salty and what to do about it.",
    "def add(a, b): return a + b",
    "¿Qué hora es? 今何時",
]
SHAPE = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def save_tokenizer(folder: Path, adds_bos: bool = True, template: str | None = TEMPLATE) -> int:
    """A byte-level BPE tokenizer without a pad token, as many models have it; the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=400, special_tokens=[BOS, EOS], initial_alphabet=alphabet)
    )
    if adds_bos:
        made.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, 0)])
    wrapped = PreTrainedTokenizerFast(tokenizer_object=made, bos_token=BOS, eos_token=EOS)
    wrapped.chat_template = template
    wrapped.save_pretrained(folder)
    return made.get_vocab_size()


def save_reward_model(folder: Path, kind: str = "llama", seed: int = 0, labels: int = 1, longest: int = 512) -> Path:
    """A reward model: kind llama, qwen2 or bert (which reads both ways)."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    vocabulary = save_tokenizer(folder)
    torch.manual_seed(seed)
    shape = SHAPE if kind == "bert" else SHAPE | {"num_key_value_heads": 2}
    config = AutoConfig.for_model(
        kind, **shape, vocab_size=vocabulary, max_position_embeddings=longest, num_labels=labels, pad_token_id=None
    )
    _save(AutoModelForSequenceClassification.from_config(config), folder)
    return folder


def save_causal_model(folder: Path, seed: int = 0, longest: int = 2048) -> Path:
    """A causal language model."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    vocabulary = save_tokenizer(folder)
    torch.manual_seed(seed)
    _save(LlamaForCausalLM(LlamaConfig(**SHAPE, vocab_size=vocabulary, max_position_embeddings=longest)), folder)
    return folder


def _save(model: object, folder: Path) -> None:
    """Larger weights than a fresh model has: its outputs must differ from text to text."""
    import torch

    with torch.no_grad():
        for weights in model.parameters():  # type: ignore[attr-defined]
            if weights.ndim > 1:
                weights.mul_(8)
    model.save_pretrained(folder)  # type: ignore[attr-defined]
