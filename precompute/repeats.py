"""Responses that were there before: an exact repeat is refused, scores of another reward model are merged."""

from precompute.database import Database, one
from precompute.names import add_names

# Where the earlier record stands, for a reason that a reader can follow; left joined with `files f`. A response that a
# job has generated stands in no file.
WHERE = (
    "coalesce(CASE WHEN f.file_id = $file THEN '' ELSE f.path || ' ' END || 'line ' || first.line, 'what it generated')"
)


def judge_repeats(db: Database, file_id: int) -> None:
    """Responses that were there before: kept when the text is the same and they bring scores of another reward model.

    Each round refuses what contradicts or adds nothing to what is known, and takes the first of each response that is
    left. A round gives each response at least one reward model more, so there are at most as many as reward models.
    """
    if not one(db, "SELECT count(*) FROM cells WHERE NOT first"):
        return
    db.execute(
        """
        CREATE OR REPLACE TEMP TABLE pending AS
        SELECT c.row, r.line, c.iid, c.mid, r.uuid, r.model, r.response IS NOT DISTINCT FROM a.response AS same,
            a.file_id, a.line AS first_line
        FROM cells c JOIN chunk_records r USING (row) JOIN answers a USING (iid, mid) WHERE NOT c.first
        """
    )
    _refuse(db, file_id, "NOT same", "another response of ' || left(model, 80) || ' to this instruction stands in ")
    while one(db, "SELECT count(*) FROM pending"):
        db.execute(
            """
            CREATE OR REPLACE TEMP TABLE claims AS
            SELECT p.row, p.iid, p.mid, c.reward_model, c.score, known.score AS stored
            FROM pending p JOIN chunk_scores c USING (row)
            LEFT JOIN (SELECT s.iid, s.mid, s.score, n.reward_model FROM score_values s JOIN reward_models n USING (rid)
                       WHERE s.iid IN (SELECT iid FROM pending)) known USING (iid, mid, reward_model)
            """
        )
        conflict = "row IN (SELECT row FROM claims WHERE stored != score)"
        nothing_new = "row NOT IN (SELECT row FROM claims WHERE stored IS NULL)"
        _refuse(db, file_id, conflict, "contradicts the scores of the same response in ")
        _refuse(db, file_id, nothing_new, "repeats ")
        db.execute(
            """
            CREATE OR REPLACE TEMP TABLE taken AS
            SELECT c.row, c.iid, c.mid, c.reward_model, c.score
            FROM claims c WHERE c.stored IS NULL AND c.row IN (SELECT min(row) FROM pending GROUP BY iid, mid)
            """
        )
        add_names(db, "reward_models", "SELECT DISTINCT reward_model FROM taken")
        db.execute(
            "INSERT INTO score_values SELECT iid, mid, rid, score FROM taken JOIN reward_models USING (reward_model)"
        )
        db.execute("DELETE FROM pending WHERE row IN (SELECT row FROM taken)")


def _refuse(db: Database, file_id: int, condition: str, reason: str) -> None:
    """Move the pending records that meet `condition` to `refused`."""
    db.execute(
        f"""
        INSERT INTO refused
        SELECT first.row, first.at, '{reason}' || {WHERE}
        FROM (SELECT row, line AS at, model, file_id, first_line AS line FROM pending WHERE {condition}) first
        LEFT JOIN files f ON f.file_id = first.file_id
        """,  # noqa: S608  constants of this module
        {"file": file_id},
    )
    db.execute("DELETE FROM pending WHERE row IN (SELECT row FROM refused)")
