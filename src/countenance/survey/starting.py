"""Starting: the questionnaire that ships. How many people its groups stand for is not known here, and is filled in."""

from importlib import resources
from typing import Final

from countenance.survey.instrument import UNKNOWN

SHIPPED: Final = "site.yaml"
MADE_UP: Final = (4000, 4000, 2000, 6000, 4000)
"""People of each part, in the order of the file, of a site that is made up."""


def shipped() -> bytes:
    """The file as an operator gets it, which is refused until they have filled it in."""
    return (resources.files("countenance.survey") / SHIPPED).read_bytes()


def made_up() -> bytes:
    """The same for made-up people: to simulate and to measure, never to ask with."""
    first, *rest = shipped().split(f'people: "{UNKNOWN}"'.encode())
    filled = (b"people: %d%b" % (people, after) for people, after in zip(MADE_UP, rest, strict=True))
    return first + b"".join(filled)
