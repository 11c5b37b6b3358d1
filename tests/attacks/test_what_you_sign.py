"""What you see is what you sign: a repository that serves another text, another version before, or another photo.

Here at the custodian, which answers a reading; in a browser, at the page that shows it, in `tests/prove`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from countenance.channel.message import Message
from countenance.crypto.seal import binding, seal
from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.acts import Named, Verb
from countenance.vocabulary.warrants import Limits, Warrant
from countenance.zones.custodian import acts
from simulator.court import Court, sitting

JUDGE = "court-b/judge-1"


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


@pytest.fixture
def narrowed(court: Court) -> tuple[Warrant, Warrant]:
    first = court.text()
    court.file(first)
    second = replace(
        first,
        number=2,
        narrowed_from=records.digest(first),
        narrowed_by=JUDGE,
        limits=replace(first.limits, uses=1),
    )
    court.file(second, name=JUDGE)
    return first, second


def sealed(court: Court, text: bytes, warrant: str, number: int) -> bytes:
    """Anybody can seal to the custodian: the repository too."""
    info = binding("warrant", court.zone.genesis.deployment, warrant, str(number))
    return seal(court.zone.genesis.custodian_key, info, text)


def read(court: Court, text: Warrant, papers: tuple[bytes, ...], *, before: bytes | None = None) -> dict:
    letter = court.letter(JUDGE, Verb.READ, Named(text.warrant, text.number, records.digest(text)))
    body, beside = ({}, ()) if before is None else ({"others": ["before"]}, (before,))
    return letter.read(acts.answer(court.zone.opened, Message("ask", body, (letter.sealed, *papers, *beside))))


def test_the_text_that_was_filed_is_read_with_the_one_before(court: Court, narrowed: tuple[Warrant, Warrant]) -> None:
    first, second = narrowed
    answer = read(court, second, court.filed[second.warrant, 2], before=court.filed[first.warrant, 1][0])
    assert bytes.fromhex(answer["text"]) == records.write(second)
    assert bytes.fromhex(answer["before"]) == records.write(first)
    assert read(court, second, court.filed[second.warrant, 2])["before"] == ""


def test_another_text_is_not_read(court: Court, narrowed: tuple[Warrant, Warrant]) -> None:
    first, second = narrowed
    size = court.zone.opened.sequencer.size
    _, template, photo = court.filed[second.warrant, 2]
    harmless = replace(second, purpose="lost property", limits=Limits(1, 1, 2**40, 2**41, 1000))
    for text, number in ((harmless, 2), (first, 2), (first, 1)):
        papers = (sealed(court, records.write(text), text.warrant, number), template, photo)
        with pytest.raises(Refused, match="not"):
            read(court, second, papers)
    assert [entry.kind.value for entry in list(court.zone.opened.sequencer.entries())[size:]] == ["refused"] * 3


def test_another_text_before_is_not_shown_as_the_one_before(court: Court, narrowed: tuple[Warrant, Warrant]) -> None:
    first, second = narrowed
    wider = replace(first, limits=replace(first.limits, uses=50))
    for lie in (
        sealed(court, records.write(wider), first.warrant, 1),
        sealed(court, records.write(first), first.warrant, 2),
        court.filed[second.warrant, 2][0],
        b"nothing",
    ):
        answer = read(court, second, court.filed[second.warrant, 2], before=lie)
        assert answer["before"] == ""
        assert bytes.fromhex(answer["text"]) == records.write(second)


def test_the_photos_digest_is_in_the_text_so_another_photo_is_another_warrant(court: Court) -> None:
    text = court.text()
    court.file(text)
    answer = read(court, text, court.filed[text.warrant, 1])
    said = records.read(Warrant, bytes.fromhex(answer["text"]))
    other = replace(said, probe=replace(said.probe, image_digest=hashlib.sha256(b"another photo").digest()))
    assert records.digest(other) != records.digest(text)
    # Narrowing cannot exchange it either, nor can its helper's signature be kept.
    swapped = replace(other, number=2, narrowed_from=records.digest(text), narrowed_by=JUDGE)
    with pytest.raises(Refused):
        court.file(swapped, name=JUDGE)
