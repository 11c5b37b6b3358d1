from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.crypto.sign import SigningKey
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import records
from countenance.matching import encode
from countenance.vocabulary.acts import Named
from countenance.vocabulary.warrants import Person, Role, Scope
from countenance.warrants import authorise, quorum
from countenance.warrants.authorise import Act, Authorisation
from simulator.people import (
    HOUR,
    NOW,
    TEMPLATE,
    World,
    approvals,
    camera,
    genesis,
    key_of,
    limits,
    person,
    probe,
    unit,
    warrant,
    word,
)


def ask(text=None, signed=None, *, world=None, template=TEMPLATE, act=Act.SEARCH):
    text = text or warrant()
    return authorise.authorise(
        records.write(text),
        approvals(text) if signed is None else signed,
        template=template,
        act=act,
        circumstances=(world or World()).circumstances(),
    )


def test_a_quorum_makes_an_authorisation():
    made = ask()
    assert made.hash == records.digest(warrant())
    assert [one.person for one in made.approvals] == ["supervisor-1", "court-b/judge-1"]


def test_nobody_else_makes_one():
    made = ask()
    with pytest.raises(TypeError):
        Authorisation(made.warrant, made.hash, Act.SEARCH, made.approvals, object())
    with pytest.raises((TypeError, ValueError)):
        replace(made, act=Act.DISCLOSURE)


BAD_TEXTS = {
    "another deployment": {"deployment": "f" * 16},
    "no case": {"case": " "},
    "no purpose": {"purpose": ""},
    "no legal basis": {"legal_basis": "\n"},
    "a text nobody reads": {"purpose": "x" * 2001},
    "no camera": {"scope": Scope((), NOW - HOUR, NOW)},
    "no time": {"scope": Scope(("hall-east",), NOW, NOW)},
    "above the ceiling": {"scope": Scope(("hall-east",), NOW - 73 * HOUR, NOW)},
    "a camera nobody declared": {"scope": Scope(("roof",), NOW - HOUR, NOW)},
    "expired": {"limits": limits(expires=NOW)},
    "expires before made": {"made": NOW + 49 * HOUR},
    "no end of secrecy": {"limits": limits(secrecy_end=0)},
    "secrecy ends before it is made": {"limits": limits(secrecy_end=NOW - 60_000)},
    "no candidates": {"limits": limits(candidates=0)},
    "too many candidates": {"limits": limits(candidates=51)},
    "no uses": {"limits": limits(uses=0)},
    "no threshold at all": {"limits": limits(threshold=0)},
    "one in less than ten": {"limits": limits(one_in=9)},
    "beyond a cosine": {"limits": limits(threshold=1001)},
    "a version from nowhere": {"number": 2},
    "a probe signed by nobody": {"probe": replace(probe(), signature=bytes(64))},
    "a probe of another photo": {"probe": replace(probe(), image_digest=bytes(32))},
    "a probe of another extractor": {"probe": replace(probe(), extractor=bytes(32))},
    "a probe helper nobody enrolled": {"probe": replace(probe(), helper="probe-2")},
    "a probe signed by an edge of no trust": {"probe": probe(key=key_of("officer-1"))},
}


@pytest.mark.parametrize("changed", BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_texts_that_no_signature_makes_lawful(changed):
    with pytest.raises(Refused):
        ask(warrant(**changed))


def test_an_id_that_is_none():
    with pytest.raises(Malformed):
        ask(warrant(warrant="../../etc"))


def test_another_template_than_the_one_named():
    with pytest.raises(Refused, match="template"):
        ask(template=encode.to_bytes(encode.encode(unit(2))))


def test_file_keys_count_in_demo_deployments_only():
    with pytest.raises(Refused, match="hardware keys"):
        ask(world=World(genesis=genesis(demo=False)))


def test_a_search_needs_a_use_and_what_follows_does_not():
    world = World(uses_left=0)
    with pytest.raises(Refused, match="no use left"):
        ask(world=world)
    assert ask(world=world, act=Act.STILL).act is Act.STILL
    assert ask(world=world, act=Act.DISCLOSURE).act is Act.DISCLOSURE


def test_real_time():
    world = World()
    world.cameras["hall-east"] = camera("hall-east", publicly_accessible=True)
    with pytest.raises(Refused, match="real-time"):
        ask(world=world)


def test_a_larger_quorum():
    world = World(genesis=genesis(quorum=3))
    with pytest.raises(Refused, match="2 of the 3"):
        ask(world=world)
    text = warrant()
    assert ask(text, approvals(text, ("supervisor-1", "supervisor-2", "court-b/judge-1")), world=world)


@pytest.mark.parametrize("stated", [0, 1])
def test_no_deployment_goes_below_two(stated):
    text = warrant()
    with pytest.raises(Refused, match="1 of the 2"):
        ask(text, approvals(text, ("supervisor-1",)), world=World(genesis=genesis(quorum=stated)))


TEXT = warrant()
SPARE = SigningKey.generate()
FORGERIES = {
    "nobody": [],
    "one person": approvals(TEXT, ("supervisor-1",)),
    "one person twice": approvals(TEXT, ("supervisor-1", "supervisor-1")),
    "one person, two keys": [word("supervisor-1", TEXT), word("supervisor-1", TEXT, key=SPARE)],
    "one organisation": approvals(TEXT, ("supervisor-1", "supervisor-2")),
    "not an approver": approvals(TEXT, ("supervisor-1", "reviewer-2")),
    "not on the roster": [word("supervisor-1", TEXT), word("court-c/judge-1", TEXT)],
    "in another's name": [word("supervisor-1", TEXT), word("court-b/judge-1", TEXT, key=key_of("supervisor-1"))],
    "in another's name inside": [
        word("supervisor-1", TEXT),
        word("supervisor-2", TEXT, person="court-b/judge-1"),
    ],
    "over another text": [word("supervisor-1", TEXT), word("court-b/judge-1", replace(TEXT, case="case 8"))],
    "over another version": [word("supervisor-1", TEXT), word("court-b/judge-1", TEXT, number=2)],
    "over another warrant": [word("supervisor-1", TEXT), word("court-b/judge-1", TEXT, warrant="f" * 16)],
    "over another hash": [word("supervisor-1", TEXT), word("court-b/judge-1", TEXT, hash=bytes(32))],
    "for another deployment": [
        word("supervisor-1", TEXT),
        word("court-b/judge-1", replace(TEXT, deployment="f" * 16), hash=records.digest(TEXT)),
    ],
    "declined": [word("supervisor-1", TEXT), word("court-b/judge-1", TEXT, approves=False)],
    "taken back": [*approvals(TEXT), word("court-b/judge-1", TEXT, approves=False)],
}


@pytest.mark.parametrize("signed", FORGERIES.values(), ids=FORGERIES)
def test_what_is_no_quorum(signed):
    with pytest.raises(Refused):
        ask(TEXT, signed)


def test_the_requester_never_approves():
    text = warrant(requester="officer-2")
    with pytest.raises(Refused):
        ask(text, approvals(text, ("officer-2", "court-b/judge-1")))
    assert ask(text, approvals(text, ("supervisor-1", "court-b/judge-1")))


def test_two_names_with_one_key_are_one_person():
    world = World()
    world.people["court-b/judge-1"] = replace(person("court-b/judge-1"), key=key_of("supervisor-1").public)
    signed = [word("supervisor-1", TEXT), word("court-b/judge-1", TEXT, key=key_of("supervisor-1"))]
    with pytest.raises(Refused):
        ask(TEXT, signed, world=world)
    world.people["court-b/judge-1"] = Person("court-b/judge-1", "court-b", (Role.APPROVER,), key_of("officer-1").public)
    with pytest.raises(Refused):
        ask(TEXT, [signed[0], word("court-b/judge-1", TEXT, key=key_of("officer-1"))], world=world)


def test_who_left_the_roster_no_longer_counts():
    world = World()
    del world.people["court-b/judge-1"]
    with pytest.raises(Refused):
        ask(TEXT, approvals(TEXT), world=world)
    assert ask(TEXT, approvals(TEXT, ("supervisor-1", "court-b/judge-1", "court-b/judge-2")), world=world)


def test_a_no_can_become_a_yes_again():
    signed = [word("court-b/judge-1", TEXT, approves=False), *approvals(TEXT)]
    assert ask(TEXT, signed)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["supervisor-1", "supervisor-2", "court-b/judge-1", "officer-2", "officer-1", "clerk-1"]),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_the_last_words_decide(said):
    signed = [word(name, TEXT, approves=approves) for name, approves in said]
    last = dict(said)
    yes = {name for name, approves in last.items() if approves} - {"officer-1", "clerk-1"}
    lawful = len(yes) >= 2 and len({person(name).organisation for name in yes}) >= 2
    standing = quorum.standing(
        signed,
        meant=Named(TEXT.warrant, 1, records.digest(TEXT)),
        requester=TEXT.requester,
        people=World().people,
        genesis=World().genesis,
    )
    assert {one.person for one in standing} == yes
    try:
        made = ask(TEXT, signed)
    except CountenanceError:
        made = None
    assert (made is not None) == lawful
