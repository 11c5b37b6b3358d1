"""Comparison: how alike two templates are. A comparison score is a cosine, never a probability.

1:1 (verification) has a fixed threshold; a search among many needs a higher one, which grows with their number.
"""

import numpy as np

from countenance.errors import Malformed
from countenance.faces.extractor import values
from countenance.vocabulary.faces import Template

# For the built-in extractor: false match rate 1e-4 on LFW's official pairs, a development figure.
VERIFICATION_THRESHOLD = 0.43


def compare(a: Template, b: Template) -> float:
    """The comparison score of two templates: their cosine, -1 to 1. Raises Malformed if their extractors differ."""
    if a.extractor != b.extractor or a.dimension != b.dimension:
        raise Malformed("these templates come from two extractors and cannot be compared: extract both with one")
    return float(np.clip(np.dot(values(a).astype(np.float64), values(b).astype(np.float64)), -1.0, 1.0))
