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
    WHERE response IS NOT NULL AND coalesce(a.n_words, 1) > 0
    QUALIFY row_number() OVER (PARTITION BY iid ORDER BY z DESC NULLS LAST, model) = 1"""
