"""One tag for each instruction, where one has to stand for all that it has."""

import numpy as np

from crowdselect.pool import Pool


def main_tags(pool: Pool) -> tuple[list[str], np.ndarray]:
    """All tags, and (n,) int64 the place in them of each row's most frequent tag, else -1.

    Of equally frequent ones the last by name.
    """
    tags = sorted(pool.tags, key=lambda tag: (len(pool.tags[tag]), tag))
    places = np.full(len(pool), -1, dtype=np.int64)
    for place, tag in enumerate(tags):
        places[pool.tags[tag]] = place
    return tags, places
