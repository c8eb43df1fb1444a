"""The map of the pool: one component, drawn by WebGL at every size. A page calls `point_map`; `MAP_ROUTES` serve it."""

from crowdselect.mapping.colouring import ColourBy
from crowdselect.mapping.lasso import Lasso
from pages._ui.map.component import MapEvent, point_map

__all__ = ["ColourBy", "Lasso", "MapEvent", "point_map"]
