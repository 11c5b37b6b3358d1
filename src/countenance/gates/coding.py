"""Coding: a template in one signed byte a component, small enough to carry.

The largest component becomes 127 or -127 and the others go with it; a cosine does not ask for the scale, so none is
written. What that costs a comparison is measured in `benchmarks/gate.py`: two thousandths of a score at most.
"""

import numpy as np
from numpy.typing import NDArray

from countenance.crypto import token
from countenance.errors import Malformed, Tampered
from countenance.faces.extractor import read_template, values
from countenance.vocabulary.faces import Template

LARGEST = 127
MOST_COMPONENTS = token.MOST - token.OVERHEAD


def encode(template: Template) -> bytes:
    """The template's components as int8, one byte each. Raises Malformed for more than a token holds."""
    exact = values(template).astype(np.float64)
    if not 0 < len(exact) <= MOST_COMPONENTS:
        raise Malformed(f"a token holds templates of at most {MOST_COMPONENTS} components: use the other lane")
    coded: NDArray[np.int8] = np.rint(exact * (LARGEST / np.abs(exact).max())).astype(np.int8)
    return coded.tobytes()


def decode(code: bytes, extractor: bytes) -> Template:
    """The template that `code` stands for, of unit length. Raises Tampered for what `encode` never writes."""
    coded = np.frombuffer(code, np.int8).astype(np.int16)
    if not len(coded) or int(np.abs(coded).max()) != LARGEST:
        raise Tampered("this is no coded template: enrol again, or go by the other lane")
    exact = coded.astype(np.float64)
    return read_template(extractor, (exact / np.linalg.norm(exact)).astype("<f4").tobytes())
