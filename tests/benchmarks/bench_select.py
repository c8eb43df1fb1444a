"""What a slider costs: normalising a metric once, and choosing again after every move."""

import numpy as np
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler

from crowdselect.normalize import quantile
from crowdselect.recipe import PoolSpec, Recipe, ResponseSpec
from crowdselect.selection import gather, select_from
from tests.benchmarks.crowd import crowd
from tests.benchmarks.timing import best_seconds


def normalize_one(rows: int) -> dict[str, float]:
    values = np.random.default_rng(0).normal(size=rows)

    def scalers() -> np.ndarray:
        column = MinMaxScaler().fit_transform(StandardScaler().fit_transform(values[:, None]))
        return QuantileTransformer(n_quantiles=min(rows, 1000)).fit_transform(column)

    return {
        "rows": rows,
        "seconds": best_seconds(lambda: quantile(values)),
        "reference_seconds": best_seconds(scalers),
    }


def reselect(rows: int) -> dict[str, float]:
    candidates = gather(crowd(rows), PoolSpec(), ResponseSpec(), seed=0)
    size = max(1, rows // 100)
    recipe = Recipe.parse({"select": {"size": size, "clusters": {"name": "kmeans-30", "quota": "equal"}}})
    columns = [candidates.normalized(name, "quantile") for name in recipe.select.weights]
    weights = list(recipe.select.weights.values())
    codes = candidates.cluster_codes("kmeans-30")

    def sort_everything() -> list[int]:
        total = sum(weight * column for weight, column in zip(weights, columns, strict=True))
        taken: list[int] = []
        for label in range(30):
            inside = np.flatnonzero(codes == label).tolist()
            taken += sorted(inside, key=lambda row: -total[row])[: -(-size // 30)]
        return sorted(taken, key=lambda row: -total[row])[:size]

    return {
        "rows": rows,
        "seconds": best_seconds(lambda: select_from(candidates, recipe), 20),
        "reference_seconds": best_seconds(sort_everything, 1),
    }
