"""Ways to damage a published build: what disks, kills, other programs and other versions do to a file."""

import random
from collections.abc import Callable
from pathlib import Path

import duckdb

PAGE = 4096

# Each leaves a file that DuckDB opens and that is not what was published.
STATEMENTS = (
    "ALTER TABLE answers RENAME TO x; ALTER TABLE score_values RENAME TO answers; ALTER TABLE x RENAME TO score_values",
    "ALTER TABLE models RENAME TO x; ALTER TABLE reward_models RENAME TO models; ALTER TABLE x RENAME TO reward_models",
    "ALTER TABLE points RENAME TO x; ALTER TABLE cluster_members RENAME TO points",
    "DROP TABLE meta",
    "DROP TABLE instructions",
    "DROP TABLE score_values",
    "DROP TABLE tag_values",
    "ALTER TABLE score_values DROP COLUMN score",
    "ALTER TABLE answers DROP COLUMN response",
    "ALTER TABLE instructions DROP COLUMN instruction",
    "ALTER TABLE models DROP COLUMN family",
    "ALTER TABLE score_values ALTER score TYPE VARCHAR",
    "ALTER TABLE instructions ALTER iid TYPE VARCHAR USING 'x' || iid",
    "ALTER TABLE cluster_members ALTER cluster TYPE VARCHAR USING 'x' || cluster",
    "UPDATE instructions SET uuid = NULL WHERE iid % 7 = 3",
    "UPDATE instructions SET iid = NULL WHERE iid = 5",
    "UPDATE instructions SET iid = iid * 1000",
    "UPDATE models SET mid = NULL WHERE mid = 1",
    "UPDATE models SET model = NULL WHERE mid = 1",
    "UPDATE score_values SET mid = 30000 WHERE iid = 4",
    "UPDATE score_values SET iid = 2000000000 WHERE iid = 4",
    "UPDATE score_values SET iid = NULL WHERE iid = 4",
    "UPDATE answers SET n_words = NULL WHERE iid = 4",
    "UPDATE cluster_members SET cluster = NULL WHERE iid = 4",
    "UPDATE points SET projection = NULL WHERE iid = 4",
    "DELETE FROM answers",
    "UPDATE answers SET response = NULL",
    "DELETE FROM meta",
    "UPDATE meta SET value = 'soon' WHERE key = 'schema_version'",
    "UPDATE meta SET value = repeat('9', 5000) WHERE key = 'schema_version'",
    "UPDATE meta SET value = '-1' WHERE key = 'schema_version'",
    "UPDATE meta SET value = NULL",
)


def flipped(content: bytearray, draw: random.Random) -> None:
    for _ in range(draw.randint(1, 100)):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)


def flipped_once(content: bytearray, draw: random.Random) -> None:
    content[draw.randrange(min(len(content), 64 * PAGE))] ^= 1 << draw.randrange(8)


def cut(content: bytearray, draw: random.Random) -> None:
    del content[draw.randrange(len(content)) :]


def zeroed(content: bytearray, draw: random.Random) -> None:
    for _ in range(draw.randint(1, 8)):
        start = draw.randrange(len(content) // PAGE) * PAGE
        content[start : start + PAGE] = bytes(PAGE)


def shuffled(content: bytearray, draw: random.Random) -> None:
    """Two pages change places."""
    one, other = (draw.randrange(len(content) // PAGE) * PAGE for _ in range(2))
    content[one : one + PAGE], content[other : other + PAGE] = (
        content[other : other + PAGE],
        content[one : one + PAGE],
    )


def foreign(content: bytearray, draw: random.Random) -> None:
    content[:] = draw.choice(
        [b"", b"SQLite format 3\0" * 999, b"not a database", b"PK\3\4" * 5000, draw.randbytes(9999)]
    )


BYTES: tuple[Callable[[bytearray, random.Random], None], ...] = (flipped, flipped_once, cut, zeroed, shuffled, foreign)


def damage(file: Path, whole: bytes, seed: int) -> str:
    """Writes to `file` what became of the build `whole`, and says how: one in nine by SQL, the rest by bytes."""
    draw = random.Random(seed)
    if seed % 9 == 0:
        statement = STATEMENTS[seed // 9 % len(STATEMENTS)]
        file.write_bytes(whole)
        with duckdb.connect(file) as db:
            views = db.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
            for (view,) in views:
                db.execute(f"DROP VIEW {view}")
            for part in statement.split(";"):
                db.execute(part)
        return statement
    content = bytearray(whole)
    way = BYTES[seed % len(BYTES)] if seed % 2 else draw.choice(BYTES)
    way(content, draw)
    file.write_bytes(content)
    return way.__name__
