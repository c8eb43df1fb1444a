"""py3langid's naive Bayes over byte n-grams (Lui and Baldwin 2012; model and code in the package, no download)."""

from collections.abc import Sequence
from functools import cache
from typing import Any

UNDETERMINED = "und"
MOST = 2_000  # characters that are looked at: the answer is clear long before
# ISO 639-1 codes in the order of their letters, which is what the stored numbers mean; new ones go to the end.
LANGUAGES: tuple[str, ...] = tuple(
    """
    und ace af am an ar ary arz as az ba bcl be bg bn br bs ca crh cs cy da de dz el en eo es et eu ext fa fi fo
    fr fuv fy ga gcf gcr gd gl gom grc gu gug guw ha hbo he hi hr ht hu hy id ig is it ja jv ka kab kik kk km kn
    ko ku ky la lb lg lij ln lo lt ltg lv mg mk ml mn mr ms mt my ne nl nn no nso oc om or pa pcm pl ps pt qu ro
    ru rw sa sdh se si sk sl sn so sq sr st sv sw ta te tg th tk tl tr tt ug uk ur uz uzs vec vi vo wa wuu xh yo
    yue zh zu zxx
    """.split()  # noqa: SIM905  a literal list of this is 150 lines
)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def languages_of(texts: Sequence[str | None], min_confidence: float) -> list[int]:
    """The place in LANGUAGES of each text's language; 0 (undetermined) below the confidence, and without letters."""
    places = {name: place for place, name in enumerate(LANGUAGES)}
    found = []
    for text in texts:
        beginning = (text or "")[:MOST]
        name, confidence = _identifier().classify(beginning) if any(map(str.isalpha, beginning)) else ("", 0.0)
        found.append(places[name] if confidence >= min_confidence and name else 0)
    return found
