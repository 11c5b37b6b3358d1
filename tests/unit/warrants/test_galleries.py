"""The law of standing galleries, without a custodian."""

import dataclasses

import pytest

from countenance.crypto import sign
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.galleries import GalleryLimits, Reference, StandingGallery
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Approval
from countenance.warrants import galleries
from countenance.warrants import threshold as thresholds
from countenance.warrants.built_in import BUILT_IN
from countenance.warrants.galleries import Permission
from simulator.counted import counted
from simulator.people import DEPLOYMENT, NOW, World, camera, genesis, key_of, probe

DAY = 24 * HOUR
LIMITS = GalleryLimits(2, 20, NOW + 90 * DAY, 10)
KNOWN = (counted(),)


def gallery(**changed: object) -> StandingGallery:
    facts: dict[str, object] = {
        "deployment": DEPLOYMENT,
        "gallery": "0123456789abcdef",
        "number": 1,
        "case": "case 7",
        "purpose": "missing child",
        "legal_basis": "law 2",
        "requester": "officer-1",
        "made": NOW,
        "references": (Reference("aa" * 8, probe()), Reference("bb" * 8, probe())),
        "cameras": (camera("hall-east"),),
        "start": NOW,
        "end": NOW + DAY,
        "threshold": 500,
        "limits": LIMITS,
    }
    return StandingGallery(**(facts | changed))


def words(text: StandingGallery, *names: str, approves: bool = True) -> list[Signed]:
    out = []
    for name in names:
        said = Approval(text.gallery, text.number, records.digest(text), name, approves, "", NOW)
        ask = Ask(text.deployment, name, Verb.APPROVE.value, records.write(said), NOW, bytes(16), b"")
        out.append(sign.signed(ask, name, key_of(name)))
    return out


BAD: list[tuple[dict[str, object], str]] = [
    ({"deployment": "another"}, "another gallery custodian"),
    ({"gallery": "short"}, "16 hex digits"),
    ({"number": 2}, "number 1"),
    ({"case": "  "}, "case"),
    ({"purpose": "x" * 2001}, "purpose"),
    ({"legal_basis": ""}, "legal basis"),
    ({"references": ()}, "1 to 10000 references"),
    ({"references": (Reference("aa" * 8, probe()),) * 2}, "id of its own"),
    ({"references": (Reference("../../..", probe()),)}, "id of its own"),
    (
        {
            "references": (
                Reference("aa" * 8, probe()),
                Reference("bb" * 8, dataclasses.replace(probe(), extractor=b"f" * 32)),
            )
        },
        "different extractors",
    ),
    ({"references": (Reference("aa" * 8, dataclasses.replace(probe(), image_digest=bytes(32))),)}, "signed this probe"),
    ({"references": (Reference("aa" * 8, dataclasses.replace(probe(), helper="x")),)}, "not enrolled"),
    ({"cameras": ()}, "1 to 64 cameras"),
    ({"cameras": (camera("a"), camera("a"))}, "name each once"),
    ({"cameras": (camera("a"), camera("b", publicly_accessible=True))}, r"Art\. 5\(1\)\(h\)"),
    ({"start": NOW + DAY, "end": NOW + DAY}, "later end"),
    ({"start": -1}, "later end"),
    ({"start": NOW - 2 * DAY, "end": NOW}, "ended already"),
    ({"end": NOW + 31 * DAY}, "at most 30"),
    ({"start": NOW + 31 * DAY, "end": NOW + 32 * DAY}, "within 30 days"),
    ({"end": 10**15}, "no date"),
    ({"threshold": 429}, "threshold"),
    ({"threshold": 1001}, "threshold"),
    ({"limits": dataclasses.replace(LIMITS, candidates=0)}, "references"),
    ({"limits": dataclasses.replace(LIMITS, candidates=11)}, "references"),
    ({"limits": dataclasses.replace(LIMITS, alerts=0)}, "alerts a day"),
    ({"limits": dataclasses.replace(LIMITS, alerts=1001)}, "alerts a day"),
    ({"limits": dataclasses.replace(LIMITS, secrecy_end=NOW)}, "secrecy"),
]


@pytest.mark.parametrize(("changed", "why"), BAD, ids=[f"{next(iter(c))}-{w[:12]}" for c, w in BAD])
def test_what_no_approval_can_lift(changed: dict[str, object], why: str) -> None:
    with pytest.raises((Refused, Malformed), match=why):
        galleries.lawful(records.write(gallery(**changed)), World().circumstances(), KNOWN)


def test_a_lawful_text_is_read() -> None:
    text = gallery()
    assert galleries.lawful(records.write(text), World().circumstances(), KNOWN) == text


def test_the_threshold_grows_with_the_references() -> None:
    many = tuple(Reference(f"{number:016x}", probe()) for number in range(1500))
    with pytest.raises(Refused, match="threshold"):
        galleries.lawful(records.write(gallery(references=many, threshold=440)), World().circumstances(), KNOWN)


def test_a_quorum_of_two_organisations_permits() -> None:
    text = gallery()
    kept = galleries.standing(text)
    permission = galleries.permit(kept, words(text, "supervisor-1", "court-b/judge-1"), World().circumstances(), KNOWN)
    assert [word.person for word in permission.approvals] == ["supervisor-1", "court-b/judge-1"]
    assert permission.threshold == 500
    assert kept.edge_of("hall-east") == "edge-1"
    assert kept.edge_of("hall-west") == ""


@pytest.mark.parametrize(
    "names",
    [(), ("supervisor-1",), ("supervisor-1", "supervisor-2"), ("supervisor-1", "reviewer-2"), ("supervisor-1",) * 2],
)
def test_less_than_a_quorum_does_not(names: tuple[str, ...]) -> None:
    text = gallery()
    with pytest.raises(Refused, match="approvals"):
        galleries.permit(galleries.standing(text), words(text, *names), World().circumstances(), KNOWN)


def test_the_last_word_counts_and_the_requester_never() -> None:
    text = gallery(requester="officer-2")
    both = words(text, "supervisor-1", "court-b/judge-1")
    taken_back = words(text, "court-b/judge-1", approves=False)
    with pytest.raises(Refused):
        galleries.permit(galleries.standing(text), [*both, *taken_back], World().circumstances(), KNOWN)
    own = words(text, "officer-2", "court-b/judge-1")
    with pytest.raises(Refused):
        galleries.permit(galleries.standing(text), own, World().circumstances(), KNOWN)


def test_words_over_another_text_do_not_count() -> None:
    other = words(gallery(case="another case"), "supervisor-1", "court-b/judge-1")
    with pytest.raises(Refused):
        galleries.permit(galleries.standing(gallery()), other, World().circumstances(), KNOWN)


@pytest.mark.parametrize(
    "world",
    [
        World(now=NOW - 1),
        World(now=NOW + DAY),
        World(helpers={}),
        World(genesis=genesis(demo=False)),
        World(genesis=genesis(quorum=3)),
    ],
    ids=["early", "late", "helper", "demo", "quorum"],
)
def test_it_is_asked_anew_every_time(world: World) -> None:
    text = gallery()
    with pytest.raises(Refused):
        galleries.permit(
            galleries.standing(text), words(text, "supervisor-1", "court-b/judge-1"), world.circumstances(), KNOWN
        )


def test_a_camera_that_turns_out_public_ends_it() -> None:
    kept = galleries.standing(gallery())
    public = dataclasses.replace(kept, cameras=(camera("hall-east", publicly_accessible=True),))
    with pytest.raises(Refused, match="publicly accessible"):
        galleries.permit(public, words(gallery(), "supervisor-1", "court-b/judge-1"), World().circumstances(), KNOWN)


def test_nobody_else_makes_a_permission() -> None:
    with pytest.raises(TypeError):
        Permission(galleries.standing(gallery()), (), 0, KNOWN, object())


@pytest.mark.parametrize(("one_in", "most"), [(1000, 218), (500, 436)])
def test_how_many_of_a_flight_the_built_in_calibration_reaches(one_in: int, most: int) -> None:
    """As the guide says, so that who has 420 travellers knows before boarding."""
    of = (BUILT_IN,)
    expected = thresholds.expected_at_most(thresholds.EXPECTED_FALSE, one_in)
    assert thresholds.most_rows(of, expected) == most
