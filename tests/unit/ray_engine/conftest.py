"""One Ray cluster for all tests here. They run one after the other: some kill workers by their titles."""

from collections.abc import Iterator

import pytest

from tests.unit.ray_engine.cluster import ray_cluster


@pytest.fixture(scope="package")
def cluster() -> Iterator[str]:
    """The address of two nodes with a CPU each."""
    with ray_cluster() as address:
        yield address
