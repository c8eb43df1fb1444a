"""Equal values are equal: what differs by rounding alone is made the same before anything is ranked, so that a tie is
one and goes by uuid, whatever the order of summing."""

import numpy as np

EQUAL = 1e-12  # of the largest term that entered two values: what lies closer differs by rounding


def tied(values: np.ndarray, terms: np.ndarray | float) -> np.ndarray:
    """`values` (n,), of which those that are equal to 12 digits are made the same, the lowest of them; NaN stays.

    `terms`, one for all or (n,), is the largest absolute number that entered each: the terms of a sum, not the sum,
    which may be near 0 and is no more certain than they are.
    """
    ordered = np.sort(values)  # without the order of the rows, which takes seven times as long and is seldom needed
    largest = np.max(terms, initial=0.0, where=~np.isnan(terms))
    if not _close(np.diff(ordered), EQUAL * largest).any():
        return values
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    margin = EQUAL * np.broadcast_to(terms, values.shape)[order]
    gaps = np.diff(ordered)
    new = np.append(True, ~(_close(gaps, np.fmax(margin[1:], margin[:-1])) | (gaps == 0)))
    result = np.empty_like(values)
    result[order] = ordered[np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))]
    return result


def _close(gaps: np.ndarray, margin: np.ndarray | float) -> np.ndarray:
    """Where neighbours differ, and by no more than the margin."""
    close: np.ndarray = (gaps > 0) & (gaps <= margin)
    return close


def rounded(values: np.ndarray) -> np.ndarray:
    """To 12 decimals: for numbers of about 1 that are compared too often to be sorted each time."""
    result: np.ndarray = np.round(values, 12)
    return result


formerly = rounded  # version 1 of the method `rounding`, whatever the size of the numbers
