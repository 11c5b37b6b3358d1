"""At home: a reference from a document's photo and a picture of oneself, which a kiosk makes a token of, `unverified`.

Invariants:

* It is made on the traveller's own machine, and only what opens with their secret leaves it.
* Nobody saw them, nor their document: a token of it calls an officer whatever the comparison score.
* A kiosk holds it for the moment in which the token is sealed.
"""

import secrets
from collections.abc import Callable

from countenance.crypto import at_home
from countenance.crypto.token import FlightKey
from countenance.errors import Malformed, Refused
from countenance.faces import Engine, Image
from countenance.faces.comparison import compare
from countenance.gates import coding, looking
from countenance.gates.enrolling import Enrolment, Unlike
from countenance.vocabulary.gates import HomeReference
from countenance.vocabulary.moments import Moment


def made(
    engine: Engine, document: bytes, live: Image, *, random: Callable[[int], bytes] = secrets.token_bytes
) -> tuple[bytes, bytes]:
    """What is carried to a kiosk, and the secret (16 bytes) that opens it. `document`: a chip's file or a picture.

    Raises Malformed for a picture of nobody or several, Refused for one that is too poor, Unlike for two people.
    """
    photo = looking.of_document(engine, document, chip=looking.is_chip(document))
    sample = looking.good(engine, live, engine.subject(live))
    if sample is None:
        raise Refused("this picture is too poor to be compared with: look straight into the camera, in light")
    seen = engine.extractor.extract(sample)
    # Written so that a score that is no number is none that is reached.
    if not compare(photo, seen) >= engine.extractor.card.verification:
        raise Unlike("the photo and the picture are not alike enough: take another picture, or enrol at a kiosk")
    secret = random(at_home.SECRET)
    return at_home.wrap(HomeReference(seen.extractor[:8], coding.encode(seen)), secret, random=random), secret


def opened(data: bytes, secret: bytes) -> HomeReference:
    """The reference in what somebody carried here. Raises Tampered for another secret's, and for anything else."""
    return at_home.unwrap(data, secret)


def token(
    making: Enrolment, key: FlightKey, code: str, reference: HomeReference, extractor: bytes, now: Moment
) -> bytes:
    """The token of a reference from home, for who brings boarding pass `code`. `extractor`: the kiosk's digest.

    Raises Malformed for another flight's pass or another extractor's reference, Tampered for what is no template.
    """
    if reference.extractor != extractor[: len(reference.extractor)]:
        raise Malformed("this was made with another extractor than this gate's: enrol here, or take the lane beside")
    coding.decode(reference.code, extractor)
    return making.from_home(key, code, reference, now)
