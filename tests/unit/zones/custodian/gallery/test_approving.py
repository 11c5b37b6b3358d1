"""Who may draft, approve, read and see a gallery, and when it stands."""

import dataclasses
from pathlib import Path

import pytest

from countenance.crypto import segment
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Named, Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import Pictured, Referral
from countenance.zones.custodian import edges, enrolling, roster
from countenance.zones.custodian.gallery import approving, referring
from countenance.zones.custodian.gallery.records import GalleryState, SealedTemplate, photos
from simulator.authenticator import APPROVAL, Authenticator, enrolment
from simulator.gallery import GALLERY, Watched, masked_rows, probe
from simulator.people import DEPLOYMENT, genesis, person, unit

CHILD = unit(7)


def drafted(watched: Watched, **changed: object) -> object:
    brought = watched.reference(CHILD)
    watched.refer(brought)
    text = watched.text((brought[0],), **changed)
    watched.draft(text)
    return text


def standing(watched: Watched) -> str:
    (line,) = watched.ask("supervisor-1", Verb.WARRANTS, Nothing())[0]["galleries"]
    return str(line["state"])


def test_two_persons_of_two_organisations_make_it_stand(watched: Watched) -> None:
    text = drafted(watched)
    assert standing(watched) == "waiting"
    watched.word("supervisor-1", text)
    watched.word("supervisor-2", text)
    assert standing(watched) == "waiting"
    with pytest.raises(Refused, match="no gallery stands"):
        watched.session()
    watched.word("court-b/judge-1", text)
    assert standing(watched) == "standing"
    watched.session()


def test_outside_demos_credentials_approve_and_key_files_do_not(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "gallery", of=genesis(demo=False, approval=APPROVAL))
    watched.open()
    watched.populate()
    text = drafted(watched)
    for name in ("supervisor-1", "court-b/judge-1"):
        with pytest.raises(Refused, match="hardware keys"):
            watched.word(name, text)
        # Enrolled once, on the deployment's approval page; for another deployment, or another's name, it is refused.
        own = Authenticator()
        with watched.custodian.acting() as opened:
            bare = dataclasses.replace(person(name), key=b"")
            for elsewhere in ((watched.genesis.deployment, name), (DEPLOYMENT, "supervisor-2")):
                with pytest.raises(Refused, match="another deployment or another name"):
                    enrolling.add(opened, bare, [records.write(own.register(enrolment(*elsewhere)))])
            enrolling.add(opened, bare, [records.write(own.register(enrolment(DEPLOYMENT, name)))])
        watched.keys[name] = own
        watched.word(name, text)
    assert standing(watched) == "standing"
    watched.keys["court-b/judge-1"] = Authenticator()
    with pytest.raises(Tampered):
        watched.word("court-b/judge-1", text, approves=False)
    assert watched.ask("supervisor-1", Verb.WARRANTS, Nothing())[0]["galleries"][0]["state"] == "standing"


def test_an_approval_taken_back_ends_comparing_at_once(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    rows = masked_rows(session)
    watched.word("court-b/judge-1", text, approves=False)
    assert standing(watched) == "waiting"
    session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert watched.alerts() == []
    watched.word("court-b/judge-2", text)
    session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert len(watched.alerts()) == 1


def test_a_revoked_approver_ends_comparing_within_a_second(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    rows = masked_rows(session)
    with watched.custodian.acting() as opened:
        roster.revoke(opened, "court-b/judge-1")
    watched.clock.now += 1000
    session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert watched.alerts() == []


def test_a_revoked_probe_helper_ends_it_too(watched: Watched) -> None:
    watched.stand(CHILD)
    with watched.custodian.acting() as opened:
        edges.revoke(opened, "probe")
    watched.clock.now += 1000
    with pytest.raises(Refused, match="no gallery stands"):
        watched.session()


def test_one_that_begins_later_does_not_stand_yet(watched: Watched) -> None:
    hour = 3_600_000
    text = watched.stand(CHILD, start=watched.clock() + hour)
    assert standing(watched) == "approved"
    watched.clock.now = text.start
    assert standing(watched) == "standing"
    watched.session()


def test_the_requester_never_approves(watched: Watched) -> None:
    brought = watched.reference(CHILD)
    blobs = brought[1]
    watched.ask("officer-2", Verb.REFER, Referral(GALLERY, (brought[0],)), *blobs)
    text = watched.text((brought[0],), requester="officer-2")
    watched.draft(text)
    with pytest.raises(Refused, match="never approves"):
        watched.word("officer-2", text)


@pytest.mark.parametrize("name", ["clerk-1", "supervisor-1", "reviewer-1"])
def test_officers_draft(watched: Watched, name: str) -> None:
    with pytest.raises(Refused, match="role officer"):
        watched.ask(name, Verb.REFER, Referral(GALLERY, ()))
    brought = watched.reference(CHILD)
    watched.refer(brought)
    with pytest.raises(Refused, match="role officer"):
        watched.draft(watched.text((brought[0],), requester=name))


def test_in_ones_own_name_and_once(watched: Watched) -> None:
    brought = watched.reference(CHILD)
    watched.refer(brought)
    text = watched.text((brought[0],))
    watched.draft(text)
    with pytest.raises(Refused, match="drafted before"):
        watched.draft(text)
    with pytest.raises(Refused, match="was drafted"):
        watched.refer(watched.reference(unit(3)))


def test_every_reference_was_brought_as_the_text_names_it(watched: Watched) -> None:
    one, other = watched.reference(CHILD), watched.reference(unit(8))
    watched.refer(one)
    for references in ((other[0],), (one[0], other[0]), (dataclasses.replace(other[0], reference=one[0].reference),)):
        with pytest.raises(Refused, match="was not brought"):
            watched.draft(watched.text(references))
    watched.refer(other)
    with pytest.raises(Refused, match="does not name"):
        watched.draft(watched.text((one[0],)))
    with watched.custodian.acting() as opened:
        assert opened.store.count(GalleryState) == 0


def test_a_template_that_is_not_the_probes_never_stands(watched: Watched) -> None:
    """The probe names another template than the one that was brought: found when it is opened, and said."""
    one, other = watched.reference(CHILD), watched.reference(unit(8))
    swapped = dataclasses.replace(one[0], probe=other[0].probe)
    watched.refer((swapped, one[1]))
    text = watched.text((swapped,))
    watched.draft(text)
    for name in ("supervisor-1", "court-b/judge-1"):
        watched.word(name, text)
    with pytest.raises(Refused, match="no gallery stands"):
        watched.session()
    assert watched.kinds()[-1] is Kind.OUTCOME_UNKNOWN
    size = len(watched.kinds())
    watched.clock.now += 5000
    with pytest.raises(Refused):
        watched.session()
    assert len(watched.kinds()) == size


def test_what_is_brought_has_bounds(watched: Watched) -> None:
    reference, (template, key, photo) = watched.reference(CHILD)
    for references, blobs in (
        ((), ()),
        ((reference,), (template, key)),
        ((reference,), (template, key, bytes(referring.LARGEST_PHOTO + 1))),
        ((dataclasses.replace(reference, reference="../../evil"),), (template, key, photo)),
    ):
        with pytest.raises(Malformed):
            watched.ask("officer-1", Verb.REFER, Referral(GALLERY, references), *blobs)
    with pytest.raises(Malformed):
        watched.ask("officer-1", Verb.REFER, Referral("../evil", (reference,)), template, key, photo)
    with watched.custodian.acting() as opened:
        assert opened.store.count(SealedTemplate) == 0
        assert list((opened.directory / "photos").iterdir()) == []


def test_what_no_text_names_is_dropped_after_an_hour(watched: Watched) -> None:
    watched.refer(watched.reference(CHILD))
    watched.custodian.tick()
    with watched.custodian.acting() as opened:
        assert opened.store.count(SealedTemplate) == 1
    watched.clock.now += 3_600_000
    watched.custodian.tick()
    with watched.custodian.acting() as opened:
        assert opened.store.count(SealedTemplate) == 0
        assert list(photos(opened.directory, GALLERY).iterdir()) == []


def test_who_may_read_the_text_and_see_the_photos(watched: Watched) -> None:
    text = watched.stand(CHILD)
    reference = text.references[0].reference
    (line,) = watched.ask("officer-1", Verb.WARRANTS, Nothing())[0]["galleries"]
    named = Named(GALLERY, 1, bytes.fromhex(str(line["hash"])))
    for name in ("officer-1", "supervisor-1"):
        said, _ = watched.ask(name, Verb.READ, named)
        assert b"a missing child" in bytes.fromhex(str(said["text"]))
        key, (photo,) = watched.ask(name, Verb.PICTURE, Pictured(GALLERY, reference))
        assert segment.decrypt(bytes.fromhex(str(key["photo_key"])), photo) == b"a photo"
    for name in ("reviewer-1", "clerk-1"):
        with pytest.raises(Refused):
            watched.ask(name, Verb.READ, named)
        with pytest.raises(Refused, match="once there is an alert"):
            watched.ask(name, Verb.PICTURE, Pictured(GALLERY, reference))
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), CHILD))
    watched.compare()
    watched.ask("reviewer-1", Verb.PICTURE, Pictured(GALLERY, reference))


@pytest.mark.parametrize("reference", ["0" * 16, "..", "../../store-0001.key"])
def test_a_photo_is_found_by_a_known_id_only(watched: Watched, reference: str) -> None:
    watched.stand(CHILD)
    with pytest.raises(Refused, match="no such reference"):
        watched.ask("officer-1", Verb.PICTURE, Pictured(GALLERY, reference))


def test_others_see_nothing_in_the_list(watched: Watched) -> None:
    watched.stand(CHILD)
    assert watched.ask("operator-1", Verb.WARRANTS, Nothing())[0] == {"galleries": []}


def test_a_word_taken_back_before_a_crash_is_void(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    text = watched.stand(CHILD)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with watched.custodian.acting() as opened, monkeypatch.context() as patched:
        patched.setattr(type(opened.store), "put", cut_at(type(opened.store).put, GalleryState, cut))
        with pytest.raises(KeyboardInterrupt):
            watched.word("court-b/judge-1", text, approves=False)
    watched.crash()
    watched.open()
    assert standing(watched) == "waiting"


def cut_at(put: object, kind: type, cut: object) -> object:
    def putting(store: object, value: object, key: str) -> None:
        if isinstance(value, kind):
            cut()
        put(store, value, key)

    return putting


def test_a_refusal_changes_nothing_but_the_log(watched: Watched) -> None:
    with watched.custodian.acting() as opened:
        before = opened.store.count(GalleryState)
    with pytest.raises(CountenanceError):
        drafted(watched, threshold=100)
    with watched.custodian.acting() as opened:
        assert opened.store.count(GalleryState) == before
    assert watched.kinds()[-1] is Kind.REFUSED


def test_searches_are_not_for_it(watched: Watched) -> None:
    with pytest.raises(Refused, match="nothing but galleries"):
        watched.ask("officer-1", Verb.SEARCH, Named(GALLERY, 1, bytes(32)))


def test_conditions_are_words(watched: Watched) -> None:
    drafted(watched)
    with watched.custodian.acting() as opened:
        ((_, known),) = list(opened.store.all(GalleryState))
        assert approving.condition(opened, known) == "waiting"
