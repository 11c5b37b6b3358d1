"""Versions of warrants as the log's entries name them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from countenance.vocabulary.moments import Moment

Facts = Mapping[str, str]
SUBJECT_ACCESS = "subject-access"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a warrant. `index`: of its entry; `clerks`: how many a subject's own request needs."""

    index: int
    number: int
    hash: str
    requester: str
    uses: int
    expires: Moment
    kind: str = ""
    clerks: int = 0


def whole(text: str | None) -> int:
    """The whole number that a fact spells, or -1, which no rule is content with."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 18 else -1


def kind_of(facts: Facts) -> tuple[str, int]:
    """A version's kind, and how many clerks a subject's own request needs."""
    return facts.get("kind", ""), max(1, whole(facts.get("clerks")))
