"""Galleries as a gate's pages know them: one that belongs to the flight, or none."""

from typing import Final, Protocol

from countenance.errors import Refused
from countenance.vocabulary.faces import Template


class Gallery(Protocol):
    """The gallery of the flight that boards (`zones.edge.flight_gallery`)."""

    def basis(self, flight: str) -> str:
        """The law that demands it, or empty where none stands."""

    def identify(self, flight: str, template: Template) -> str | None:
        """A check-in number, or None for nobody's, or two travellers'."""

    def strike(self, flight: str, sequence: str) -> bool:
        """Strike somebody out; whether they were in it."""


class _None:
    """No gallery."""

    def basis(self, flight: str) -> str:
        del flight
        return ""

    def identify(self, flight: str, template: Template) -> str | None:
        del flight, template
        raise Refused("this flight has no gallery: use your code, or take the other lane")

    def strike(self, flight: str, sequence: str) -> bool:
        del flight, sequence
        return False


NO_GALLERY: Final[Gallery] = _None()
