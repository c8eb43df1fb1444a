"""Which response stands for an instruction where a job can look at one only, as SQL over the table `wanted` (iid)."""

# Each reward model's scores are standardised over the models that answered this instruction, and averaged over the
# reward models; the best average wins, the first model by name on ties or without scores.
BEST = """
    WITH standard AS (
        SELECT iid, mid,
            coalesce((score - avg(score) OVER row_of) / nullif(stddev_pop(score) OVER row_of, 0), 0) AS z
        FROM score_values JOIN wanted USING (iid) WINDOW row_of AS (PARTITION BY iid, rid)),
    averages AS (SELECT iid, mid, round(avg(z), 9) AS z FROM standard GROUP BY iid, mid)
    SELECT iid, uuid, mid, instruction, response, a.n_words
    FROM answers a JOIN wanted USING (iid) JOIN instructions USING (iid) JOIN models USING (mid)
        LEFT JOIN averages USING (iid, mid)
    WHERE response IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY iid ORDER BY z DESC NULLS LAST, model) = 1"""

# The response of the model whose name is the parameter `model`.
NAMED = """
    SELECT iid, uuid, mid, instruction, response, a.n_words
    FROM answers a JOIN wanted USING (iid) JOIN instructions USING (iid) JOIN models USING (mid)
    WHERE response IS NOT NULL AND model = $model"""


def chosen(response: str | None) -> tuple[str, dict[str, str]]:
    """The query for the response of the model of that name, or for the best one (None); and its values."""
    return (BEST, {}) if response is None else (NAMED, {"model": response})
