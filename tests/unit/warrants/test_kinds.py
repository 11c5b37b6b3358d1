"""What urgent and real-time warrants must say, whatever the policy."""

from dataclasses import replace

import pytest

from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.warrants import Ground, RealTime, Scope, Warrant, WarrantKind
from countenance.warrants import policy
from countenance.warrants.authorise import Act, Authorisation, authorise
from simulator.people import HOUR, NOW, TEMPLATE, World, approvals, camera, limits, person, warrant

ALL = policy.read('@id("all") @says("s") @source("law") permit (principal, action, resource);')
EXCEPTION = RealTime(
    ground=Ground.VICTIMS,
    person="a child of nine, named in the case",
    place="the square and the station's hall",
    start=NOW - 3 * HOUR,
    end=NOW + 60 * HOUR,
    law="Act 7, section 12",
    fria="FRIA-2026-3",
    registration="EU-DB-4411",
)
SIGNERS = ("supervisor-1", "court-b/judge-3")


def ask(
    text: Warrant, *, names: tuple[str, ...] = SIGNERS, act: Act = Act.SEARCH, public: bool = True
) -> Authorisation:
    world = World(policy=ALL)
    if public:
        world.cameras = {name: camera(name, publicly_accessible=True) for name in world.cameras}
    text = replace(text, policy=ALL.hash)
    return authorise(
        records.write(text), approvals(text, names), template=TEMPLATE, act=act, circumstances=world.circumstances()
    )


def real_time(**changed: object) -> Warrant:
    return warrant(kind=WarrantKind.REAL_TIME, real_time=replace(EXCEPTION, **changed))


def test_real_time_with_all_that_the_law_asks_for() -> None:
    assert ask(real_time()).warrant.kind is WarrantKind.REAL_TIME


def test_without_the_exception_it_is_refused() -> None:
    with pytest.raises(Refused, match="real-time identification"):
        ask(warrant())
    with pytest.raises(Refused, match="--real-time"):
        ask(warrant(kind=WarrantKind.REAL_TIME))
    with pytest.raises(Refused, match="only a warrant of the kind"):
        ask(warrant(real_time=EXCEPTION))


LACKING = {
    "no person": {"person": " "},
    "no place": {"place": ""},
    "no law": {"law": ""},
    "no assessment": {"fria": "\t"},
    "not registered": {"registration": ""},
    "a text nobody reads": {"place": "x" * 501},
    "a period that ends before": {"end": NOW - 4 * HOUR},
    "a period of more than a week": {"end": NOW + 7 * 24 * HOUR},
    "a scope from before the period": {"start": NOW - HOUR},
    "a scope until after the period": {"end": NOW - HOUR},
    "a life beyond the period": {"end": NOW + 47 * HOUR},
}


@pytest.mark.parametrize("changed", LACKING.values(), ids=LACKING)
def test_without_one_of_them_it_is_refused(changed: dict) -> None:
    with pytest.raises(Refused, match="real-time"):
        ask(real_time(**changed))


def test_a_judicial_approver_of_another_organisation() -> None:
    with pytest.raises(Refused, match="judicial"):
        ask(real_time(), names=("supervisor-1", "court-b/judge-1"))
    with pytest.raises(Refused, match="1 of the 2"):
        ask(real_time(), names=("court-b/judge-3",))


def test_a_judge_of_the_requesters_own_house_is_not_enough() -> None:
    world = World(policy=ALL)
    world.people["officer-1"] = replace(person("officer-1"), organisation="court-b")
    text = replace(real_time(), policy=ALL.hash)
    with pytest.raises(Refused, match="another organisation"):
        authorise(
            records.write(text),
            approvals(text, SIGNERS),
            template=TEMPLATE,
            act=Act.SEARCH,
            circumstances=world.circumstances(),
        )


def test_cameras_nobody_declared() -> None:
    with pytest.raises(Refused, match="declared by nobody"):
        ask(replace(real_time(), scope=Scope(("roof",), NOW - HOUR, NOW)))


def urgent(**changed: object) -> Warrant:
    return warrant(kind=WarrantKind.URGENT, limits=limits(expires=NOW - 60_000 + 24 * HOUR), **changed)


def test_urgent_needs_one_and_a_day() -> None:
    made = ask(urgent(), names=("supervisor-1",), public=False)
    assert [one.person for one in made.approvals] == ["supervisor-1"]
    with pytest.raises(Refused, match="0 of the 1"):
        ask(urgent(), names=(), public=False)
    with pytest.raises(Refused, match="24 hours"):
        ask(replace(urgent(), limits=limits(expires=NOW - 60_000 + 24 * HOUR + 1)), public=False)


def test_urgent_is_never_the_requesters_own_word() -> None:
    with pytest.raises(Refused, match="0 of the 1"):
        ask(urgent(requester="officer-2"), names=("officer-2",), public=False)


def test_urgent_exports_nothing_and_is_not_real_time() -> None:
    assert ask(urgent(), names=("supervisor-1",), act=Act.STILL, public=False)
    with pytest.raises(Refused, match="exported"):
        ask(urgent(), act=Act.DISCLOSURE, public=False)
    with pytest.raises(Refused, match="real-time identification"):
        ask(urgent())
    with pytest.raises(Refused, match="only a warrant of the kind"):
        ask(urgent(real_time=EXCEPTION))
