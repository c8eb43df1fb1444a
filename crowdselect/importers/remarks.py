"""What an import says beside its counts: fields that are not used, and ids that name responses."""

from crowdselect.importers.fields import PROMPT_FIELDS

NAMES, NAME = 20, 80  # fields that are named, and characters of a name


def remarks(unused: list[tuple[str, int]], ids_of_responses: tuple[int, int]) -> list[str]:
    """Sentences; `unused` holds (field, rows), `ids_of_responses` how many instructions have how many ids."""
    said = []
    if unused:
        fields = ", ".join(
            f"{field[:NAME]} in {rows:,} {'row' if rows == 1 else 'rows'}" for field, rows in unused[:NAMES]
        )
        more = f" and {len(unused) - NAMES:,} more fields" if len(unused) > NAMES else ""
        said.append(f"{fields}{more} kept in extra, not used")
    if asked := [field for field, _ in unused if field in PROMPT_FIELDS]:
        said.append(
            f"rows that differ in {' or '.join(asked)} are different instructions, but models are asked without it"
        )
    texts, ids = ids_of_responses
    if texts:
        said.append(
            f"{texts:,} instructions stand under {ids:,} ids, each with the answer of one model: if these ids name "
            "responses, call the column otherwise, so that the answers to one text come together"
        )
    return said
