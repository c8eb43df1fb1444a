"""Charts that are drawn again and again: plain values, which Plotly has checked before or the tests have."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.basedatatypes import BaseFigure

SHORT = {"float32": "f4", "int32": "i4"}  # NumPy's names -> Plotly's


class Prepared(BaseFigure):
    """A figure as the plain values that Plotly draws.

    Plotly checks every property of a figure whenever one is made, which takes longer than all else that follows a
    weight; here the tests do.
    """

    def __init__(self, data: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> None:
        self._values = {"data": list(data), "layout": layout}

    def to_dict(self) -> dict[str, Any]:
        return self._values

    def figure(self) -> go.Figure:
        """The same, checked by Plotly."""
        return go.Figure(self._values)


def renewed(checked: Mapping[str, Any], numbers: Sequence[Mapping[str, Any]]) -> Prepared:
    """What a real figure came to (`go.Figure.to_dict`) with other `numbers`: one mapping a trace."""
    return Prepared([{**trace, **new} for trace, new in zip(checked["data"], numbers, strict=True)], checked["layout"])


def packed(values: np.ndarray) -> dict[str, str]:
    """(n,) float32 or int32 as Plotly reads arrays in JSON: bytes in base 64."""
    return {"dtype": SHORT[str(values.dtype)], "bdata": base64.b64encode(values.tobytes()).decode("ascii")}
