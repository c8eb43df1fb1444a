"""A job's parameters as widgets, made from the schema that the job declares, and back as `--set job.key=value`."""

import json
from typing import Any

import streamlit as st

# The ones that people choose; the others stand under More. A parameter that is not named here is shown as well.
MAIN = {"model", "field", "k", "seed", "methods", "tokenizer", "fields", "responses"}
LABELS = {
    "k": "Clusters", "seed": "Seed", "field": "Text", "model": "Model", "methods": "Methods",
    "embeddings": "Embeddings", "name": "Name", "n_neighbors": "Neighbours (UMAP)", "min_dist": "Least distance (UMAP)",
    "perplexity": "Perplexity (t-SNE)", "max_length": "Most tokens", "batch_size": "Rows a commit",
    "system": "System message", "tries": "Answers at the most", "min_count": "Least instructions a tag",
    "responses": "Responses", "marker_tokens": "Tokens of the marker", "tokenizer": "Tokenizer", "fields": "Texts",
}  # fmt: skip
HELP = {
    "k": "How many groups k-means makes.",
    "seed": "The same seed on the same data gives the same result.",
    "field": "What is embedded: the instruction, or the best-scored response to it.",
    "model": "A sentence-transformers name or directory. The default lies on disk and works offline.",
    "methods": "Each makes a map of its own.",
    "embeddings": "EMBEDDER/FIELD of the embeddings to use; empty: the computed ones of the instructions.",
    "name": "What to call the clustering; empty: kmeans-K.",
    "max_length": "Longer texts are cut; empty: the model's own limit.",
    "batch_size": "Rows that are committed together. It changes no result.",
    "system": "Said to the model before each instruction; empty: nothing.",
    "tries": "How often a model is asked, and paid, until an answer can be read.",
    "min_count": "A tag of fewer instructions is dropped.",
    "responses": "Which are measured. best: the best of each reward model and of the ensemble, each once; top-3: their "
    "best three; all; or model:NAME.",
    "marker_tokens": "Empty: what the tokenizer makes of it. 4 is the published code with any tokenizer.",
    "variant": "Open tags, or the paper's 29 labels.",
    "dimension": "What the judge grades.",
    "tokenizer": "A hub name, a directory or a GGUF file.",
    "fields": "Each gives a signal: tokens_instruction, tokens_response.",
    "perplexity": "About how many neighbours t-SNE keeps near.",
    "n_neighbors": "How many neighbours UMAP looks at: more shows the whole, fewer the detail.",
    "min_dist": "How close UMAP lets points come.",
}
Schema = dict[str, Any]


def main_and_more(job: str, schema: Schema) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """The parameters shown at once, and those under More."""
    declared: dict[str, Schema] = schema.get("properties", {})
    main = {name: each for name, each in declared.items() if name in MAIN}
    return main, {name: each for name, each in declared.items() if name not in MAIN}


def fields(job: str, declared: dict[str, Schema]) -> dict[str, Any]:
    """A widget for each parameter; what they hold. None and "" mean the default."""
    return {name: _field(f"set_{job}_{name}", name, each) for name, each in declared.items()}


def settings(job: str, schema: Schema, values: dict[str, Any]) -> list[str]:
    """The `--set` options for what is not the default."""
    words = []
    for name, value in values.items():
        default = schema["properties"][name].get("default")
        if value in (None, "", []) or value == default:
            continue
        words += ["--set", f"{job}.{name}={json.dumps(value)}"]  # JSON is YAML, and quotes what YAML would read
    return words


def _field(key: str, name: str, schema: Schema) -> Any:
    label, default = LABELS.get(name, name.replace("_", " ").capitalize()), schema.get("default")
    help = HELP.get(name, f"The parameter {name} of this job.")
    kind = next((each for each in schema.get("anyOf", []) if each.get("type") != "null"), schema)
    match kind.get("type"):
        case "array":
            options = kind["items"]["enum"]
            return st.pills(label, options, selection_mode="multi", default=default, key=key, help=help)
        case "string" if "enum" in kind:
            return st.segmented_control(
                label, kind["enum"], default=default, required=True, key=key, help=help, width="stretch"
            )
        case "integer":
            top = kind.get("maximum", kind.get("exclusiveMaximum", 2**53) - 1)
            return st.number_input(
                label, min_value=kind.get("minimum"), max_value=top, value=default, step=1, key=key, help=help,
                placeholder="the model's own",
            )  # fmt: skip
        case "number":
            return st.number_input(
                label, min_value=_bound(kind, "minimum", "exclusiveMinimum"), value=None if default is None else
                float(default), max_value=_bound(kind, "maximum", "exclusiveMaximum"), key=key, help=help,
            )  # fmt: skip
    return st.text_input(label, value=default or "", key=key, help=help, max_chars=300, placeholder="default")


def _bound(schema: Schema, *names: str) -> float | None:
    """The first of these bounds that a number has; one that it may not reach itself is refused by the job."""
    return next((float(schema[name]) for name in names if name in schema), None)
