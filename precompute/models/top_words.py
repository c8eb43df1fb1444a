"""Names for clusters: the words that set each one's texts apart, by class-based TF-IDF.

A word's weight in a cluster is its share of the cluster's words times log(1 + A / f), where f counts the word in all
texts and A is the mean number of words a cluster (Grootendorst 2022, arXiv 2203.05794).
"""

from collections.abc import Sequence

import numpy as np

WORDS = 4  # words a name
VOCABULARY = 20_000
PATTERN = r"(?u)\b[^\W\d_]{3,}\b"  # three letters or more, of any script


def top_words(texts: Sequence[str], labels: np.ndarray) -> dict[int, str]:
    """label -> up to four words joined by ", "; a cluster whose texts hold no words has no name."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(stop_words="english", token_pattern=PATTERN, max_features=VOCABULARY)
    try:
        counts = vectorizer.fit_transform(texts)
    except ValueError:  # no words at all
        return {}
    words = vectorizer.get_feature_names_out()
    present, place = np.unique(labels, return_inverse=True)
    members = csr_matrix((np.ones(len(place)), (place, np.arange(len(place)))))
    tf = (members @ counts).toarray()  # words of the vocabulary in each cluster
    total = tf.sum(axis=1, keepdims=True)
    weights = tf / np.maximum(total, 1) * np.log1p(total.mean() / tf.sum(axis=0))
    return {int(label): name for label, row in zip(present, weights, strict=True) if (name := _name(words, row))}


def _name(words: np.ndarray, weights: np.ndarray) -> str:
    best = np.lexsort((words, -weights.round(12)))[:WORDS]  # equal weights by the alphabet
    return ", ".join(str(words[place]) for place in best if weights[place] > 0)
