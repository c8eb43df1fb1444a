"""Every stage that is measured, and how."""

import resource
from importlib import import_module

# Each stage is module:function; the function takes the number of rows and returns rows, seconds and, where there is
# a reference, reference_seconds (scaled to the same rows). Every stage runs in its own process, which gives its peak.
STAGES = {
    "difficulty_separability": "tests.benchmarks.bench_metrics:difficulty_separability",
    "stability": "tests.benchmarks.bench_metrics:stability_average",
    "metrics": "tests.benchmarks.bench_metrics:three_metrics",
    "normalize": "tests.benchmarks.bench_select:normalize_one",
    "reselect": "tests.benchmarks.bench_select:reselect",
    "trust": "tests.benchmarks.bench_trust:bootstrap",
    "agreement": "tests.benchmarks.bench_trust:agree",
    "irt": "tests.benchmarks.bench_trust:item_responses",
    "mmr": "tests.benchmarks.bench_diverse:mmr",
    "k_center": "tests.benchmarks.bench_diverse:k_center",
    "facility_location": "tests.benchmarks.bench_diverse:facility_location",
    "deita": "tests.benchmarks.bench_diverse:deita",
    "embed": "tests.benchmarks.bench_embed:bench",
    "cluster": "tests.benchmarks.bench_cluster:bench",
    "project": "tests.benchmarks.bench_project:bench",
    "ingest": "tests.benchmarks.bench_store:ingest",
    "load_pool": "tests.benchmarks.bench_store:load",
    "read_rows": "tests.benchmarks.bench_store:read_rows",
    "export": "tests.benchmarks.bench_store:export",
}


def measure(target: str, rows: int) -> dict[str, float]:
    """The stage's figures with the ratio (how many times faster than the reference) and the process's peak memory."""
    module, function = target.split(":")
    figures = getattr(import_module(module), function)(rows)
    if "reference_seconds" in figures:
        figures["ratio"] = figures["reference_seconds"] / figures["seconds"]
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures
