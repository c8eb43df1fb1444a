"""Where the workers of the Ray engine are hired, by what a cluster's nodes have."""

from typing import Any

from precompute.engines.ray_places import Place, places_of
from precompute.jobs import JOBS


def node(name: str, alive: bool = True, **resources: float) -> dict[str, Any]:
    """As `ray.nodes()` lists it."""
    return {"NodeID": name, "Alive": alive, "Resources": {"memory": 1e9, **resources}}


def test_without_gpus_each_node_has_one_worker_with_all_its_cpus() -> None:
    nodes = [node("a", CPU=8), node("b", CPU=2.5), node("head", CPU=0), node("gone", alive=False, CPU=8)]
    assert places_of(nodes, gpu=True) == [Place("a", False, 8), Place("b", False, 2)]
    assert places_of([], gpu=True) == []


def test_each_gpu_has_a_worker_and_nodes_without_one_stay_out() -> None:
    nodes = [node("a", CPU=8, GPU=2, **{"accelerator_type:H100": 1}), node("b", CPU=16), node("c", CPU=2, GPU=4)]
    expected = [Place("a", True, 4)] * 2 + [Place("c", True, 1)] * 4
    assert places_of(nodes, gpu=True) == expected


def test_a_job_that_uses_no_gpu_leaves_them_alone() -> None:
    nodes = [node("a", CPU=8, GPU=2), node("b", CPU=16)]
    assert places_of(nodes, gpu=False) == [Place("a", False, 8), Place("b", False, 16)]


def test_the_jobs_whose_models_use_a_gpu_ask_for_one() -> None:
    asking = {name for name, job in JOBS.items() if getattr(job, "GPU", False)}
    assert asking >= {"generate", "reward", "ifd", "tag", "judge"}
    assert not asking & {"cluster", "project", "metrics"}
