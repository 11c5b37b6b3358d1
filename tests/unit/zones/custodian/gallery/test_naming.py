"""Who was on a list is told when it is no secret any more: which list, on what ground, from when until when."""

import pytest

from countenance.errors import Refused
from countenance.rights import telling
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.afterwards import KEPT, Document, Naming, Told
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import StandingGallery
from countenance.zones.custodian.rights.afterwards import Later
from simulator.gallery import Watched
from simulator.named import DAY, MINE, OTHERS, naming, shown
from simulator.people import unit

CHILD, OTHER = unit(7), unit(8)


def name(watched: Watched, text: StandingGallery, who: str = "officer-1", at: int = 0, reference: str = "") -> None:
    with watched.custodian.acting() as opened:
        asked: Naming = naming(opened, who, text.gallery, MINE, reference or text.references[at].reference)
    watched.ask(who, Verb.NAME, asked)


def told(watched: Watched, document: Document = MINE) -> tuple[Told, tuple[telling.Shown, ...]]:
    with watched.custodian.acting() as opened:
        asked = shown(opened, "clerk-1", document)
    answer, _ = watched.ask("clerk-1", Verb.AFTERWARDS, asked)
    return telling.check(str(answer["told"]).strip().encode(), watched.genesis)


def test_who_was_on_a_list_is_told_and_the_log_proves_from_when_until_when(watched: Watched) -> None:
    text = watched.stand(CHILD, OTHER)
    name(watched, text)
    begun = watched.clock.now
    watched.clock.now = text.end
    watched.custodian.tick()
    assert told(watched) == told(watched)  # ended, and a secret yet
    assert told(watched)[0].matters == ()
    watched.clock.now = text.limits.secrecy_end
    watched.custodian.tick()
    said, (one,) = told(watched)
    assert (one.matter.matter, one.matter.listed, one.matter.ground) == (text.gallery, True, text.legal_basis)
    assert (one.start, one.end, said.left) == (begun, text.end, 0)
    kinds = watched.kinds()
    assert [kinds[logged.proof.index] for logged in one.matter.entries] == [
        Kind.DRAFTED,
        Kind.AUTHORISED,
        Kind.DELIVERED,
        Kind.GALLERY_ENDED,
    ]
    assert told(watched, OTHERS)[0].matters == ()
    watched.clock.now += KEPT
    watched.custodian.tick()
    with watched.custodian.acting() as opened:
        assert opened.store.count(Later) == 0
    assert told(watched)[0].matters == ()


def test_the_end_of_a_gallery_keeps_what_is_for_later(watched: Watched) -> None:
    text = watched.stand(CHILD)
    name(watched, text)
    watched.clock.now = text.end + DAY
    watched.custodian.tick()
    with watched.custodian.acting() as opened:
        assert opened.store.count(Later) == 1
    watched.crash()
    watched.open()
    watched.clock.now = text.limits.secrecy_end
    watched.custodian.tick()
    assert len(told(watched)[0].matters) == 1


def test_a_reference_is_named_by_its_requester_while_the_gallery_stands(watched: Watched) -> None:
    text = watched.stand(CHILD)
    with pytest.raises(Refused, match="by nobody else"):
        name(watched, text, "officer-2")
    with pytest.raises(Refused, match="no such reference"):
        name(watched, text, reference="00" * 8)
    watched.clock.now = text.end
    watched.custodian.tick()
    with pytest.raises(Refused, match="has ended"):
        name(watched, text)


def test_a_list_that_never_stood_is_not_told(watched: Watched) -> None:
    brought = watched.reference(CHILD)
    text = watched.text((brought[0],))
    watched.refer(brought)
    watched.draft(text)
    name(watched, text)
    watched.clock.now = text.limits.secrecy_end
    watched.custodian.tick()
    with watched.custodian.acting() as opened:
        assert opened.store.count(Later) == 0
