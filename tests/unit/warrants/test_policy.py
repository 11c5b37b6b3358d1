"""A policy narrows, is checked when it is read, and every error of its evaluation is no."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.warrants import Role, Scope, Warrant, WarrantKind
from countenance.warrants import facts, policy, ready
from countenance.warrants.authorise import Act, authorise
from countenance.warrants.facts import Matter, Searches
from countenance.warrants.policy import Policy, Step
from simulator.people import (
    HOUR,
    NOW,
    TEMPLATE,
    World,
    approvals,
    camera,
    genesis,
    limits,
    person,
    probe,
    warrant,
    word,
)

EU, STRICT = (policy.read(ready.text(name)) for name in ready.NAMES)
DAY = 24 * HOUR
SHORT = warrant(limits=limits(uses=2, candidates=5, secrecy_end=NOW + 20 * DAY, expires=NOW + 24 * HOUR))
APPROVED = {"approvers": 2, "organisations": 2, "approver_roles": ["approver"], "other_organisation": True}


def rule(body: str, name: str = "all", says: str = "s", source: str = "a law") -> str:
    return f'@id("{name}") @says("{says}") @source("{source}") {body}'


ALL = "permit (principal, action, resource);"
EVERYTHING = policy.read(rule(ALL))


def matter(text: Warrant | None = None, now: int = NOW, **places: Camera) -> Matter:
    return Matter(text or warrant(), person("officer-1"), places or World().cameras, now)


def allowed(which: Policy, text: Warrant, step: Step = Step.DRAFT, context: dict | None = None) -> bool:
    return policy.allows(which, matter(text).question(step, context or {}))


NOT_A_POLICY = {
    "no Cedar": "everything is allowed",
    "nothing at all": "",
    "no id": '@says("s") @source("x") ' + ALL,
    "no sentence": '@id("a") @source("x") ' + ALL,
    "no source": '@id("a") @says("s") ' + ALL,
    "a blank source": rule(ALL, source=" "),
    "an id with a space": rule(ALL, "a b"),
    "one id twice": rule(ALL) + rule(ALL),
    "an attribute that is none": rule("permit (principal, action, resource) when { resource.beauty > 3 };"),
    "an action that is none": rule('permit (principal, action == Action::"arrest", resource);'),
    "a type that is none": rule('permit (principal == Robot::"r", action, resource);'),
    "a template": rule("permit (principal == ?principal, action, resource);"),
    "too long": rule(ALL) + "//" + "x" * policy.MAXIMUM_TEXT,
    "too many rules": "".join(rule(ALL, f"r{number}") for number in range(101)),
}


@pytest.mark.parametrize("text", NOT_A_POLICY.values(), ids=NOT_A_POLICY)
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(Malformed):
        policy.read(text)


@pytest.mark.parametrize("name", ready.NAMES)
def test_ready_policies_say_where_each_rule_comes_from(name: str) -> None:
    for one in policy.rules(policy.read(ready.text(name))):
        assert any(law in one.source for law in ("AI Act", "LED", "GDPR", "Charter")), one.id
        assert one.says.endswith(".")


def test_there_is_no_third_ready_policy() -> None:
    with pytest.raises(Malformed, match="eu and strict"):
        ready.text("../authorise")


CEILINGS = {
    "another purpose": {"purpose": "curiosity"},
    "uses": {"limits": limits(uses=21)},
    "candidates": {"limits": limits(candidates=21)},
    "secrecy": {"limits": limits(secrecy_end=NOW + 181 * DAY)},
    "life": {"limits": limits(expires=NOW + 169 * HOUR)},
    "cameras": {"scope": Scope(tuple(f"c{number}" for number in range(65)), NOW - HOUR, NOW)},
    "hours": {"scope": Scope(("hall-east",), NOW - 72 * HOUR - 1, NOW)},
    "real time": {"kind": WarrantKind.REAL_TIME},
}


@pytest.mark.parametrize("changed", CEILINGS.values(), ids=CEILINGS)
def test_what_the_policy_eu_refuses(changed: dict) -> None:
    assert allowed(EU, warrant())
    assert not allowed(EU, warrant(**changed))


def test_a_ceiling_is_reached_and_not_passed() -> None:
    ends = limits(uses=20, candidates=20, secrecy_end=NOW - 60_000 + 180 * DAY, expires=NOW - 60_000 + 168 * HOUR)
    assert allowed(EU, warrant(limits=ends, scope=Scope(("hall-east",), NOW - 72 * HOUR, NOW)))
    for name in ("uses", "candidates", "secrecy_end", "expires"):
        assert not allowed(EU, warrant(limits=replace(ends, **{name: getattr(ends, name) + 1}))), name


def test_urgency_is_for_lives() -> None:
    assert allowed(EU, warrant(kind=WarrantKind.URGENT))
    assert not allowed(EU, warrant(kind=WarrantKind.URGENT, purpose="serious crime"))
    assert not allowed(STRICT, warrant(kind=WarrantKind.URGENT))


@pytest.mark.parametrize("place", ["Primary School, gate", "St Mary's CHURCH", "playground (north)"])
def test_forbidden_places_whatever_their_spelling(place: str) -> None:
    text = warrant(scope=Scope(("one",), NOW - HOUR, NOW))
    for which in (EU, STRICT):
        with pytest.raises(Refused, match="forbidden-places"):
            policy.require(which, matter(text, one=camera("one", place=place)).question(Step.DRAFT, {}))


def test_who_must_approve() -> None:
    crime = warrant(purpose="serious crime")
    judicial = APPROVED | {"approver_roles": ["approver", "judicial"]}
    assert not allowed(EU, crime, Step.SEARCH, APPROVED)
    assert allowed(EU, crime, Step.SEARCH, judicial)
    assert allowed(EU, warrant(), Step.DISCLOSURE, APPROVED)
    assert not allowed(STRICT, SHORT, Step.STILL, APPROVED)
    assert not allowed(STRICT, SHORT, Step.STILL, judicial | {"other_organisation": False})
    assert allowed(STRICT, SHORT, Step.STILL, judicial)


def test_the_context_of_an_approved_act() -> None:
    text = warrant()
    made = authorise(
        records.write(text), approvals(text), template=TEMPLATE, act=Act.SEARCH, circumstances=World().circumstances()
    )
    people = World().people
    assert facts.approved(matter(text), made.approvals, people) == APPROVED
    alone = facts.approved(matter(text), made.approvals[:1], people)
    assert (alone["approvers"], alone["other_organisation"]) == (1, False)


def test_expected_false_candidates_are_a_step_of_the_ladder() -> None:
    assert facts.expected_false(EU, matter()) == 100
    assert facts.expected_false(EU, matter(warrant(purpose="serious crime"))) == 20
    assert facts.expected_false(STRICT, matter(SHORT)) == 10
    between = policy.read(
        rule('permit (principal, action == Action::"expecting", resource) when { context.false_candidates <= 60 };')
    )
    assert facts.expected_false(between, matter()) == 50
    none = policy.read(rule('permit (principal, action == Action::"draft", resource);'))
    with pytest.raises(Refused, match="expected false candidates"):
        facts.expected_false(none, matter())


def test_hours_and_budgets() -> None:
    monday = 1_700_000_000_000 // (7 * DAY) * 7 * DAY + 4 * DAY
    for day, hour, usual in (
        (0, 6, True),
        (0, 5, False),
        (4, 19, True),
        (4, 20, False),
        (5, 12, False),
        (6, 12, False),
    ):
        assert facts.usual(STRICT, matter(SHORT, now=monday + day * DAY + hour * HOUR)) is usual
        assert facts.usual(EU, matter(now=monday + day * DAY + hour * HOUR))
    assert facts.within_budget(EU, matter(), Searches(20, 100, 400))
    for more in (Searches(21, 100, 400), Searches(20, 101, 400), Searches(20, 100, 401)):
        assert not facts.within_budget(EU, matter(), more)


OVERFLOWS = rule("forbid (principal, action, resource) when { resource.cameras + 9223372036854775807 > 0 };", "over")


def test_a_rule_that_cannot_be_evaluated_might_have_forbidden_it() -> None:
    """Cedar passes over a rule that fails, and would permit what the failing rule forbids."""
    assert allowed(EVERYTHING, warrant())
    assert not allowed(policy.read(rule(ALL) + OVERFLOWS), warrant())


def test_facts_that_do_not_fit_the_schema_are_refused() -> None:
    question = matter().question(Step.DRAFT, {})
    for broken in (
        replace(question, warrant={**question.warrant, "cameras": "two"}),
        replace(question, warrant={}),
        replace(question, context={"more": 1}),
        replace(question, warrant={**question.warrant, "cameras": 2**70}),
    ):
        assert not policy.allows(EVERYTHING, broken)


def test_a_text_that_was_never_read_permits_nothing() -> None:
    assert not allowed(Policy("permit everything"), warrant())


# What the code refuses, no policy permits.

EFFECTS = st.sampled_from(["", "when { true }", "unless { false }", "when { resource.cameras >= 0 }"])
PERMISSIVE = st.lists(EFFECTS, min_size=1, max_size=4).map(
    lambda clauses: policy.read(
        "".join(rule(f"permit (principal, action, resource) {clause};", f"r{at}") for at, clause in enumerate(clauses))
        + ("" if "" in clauses else rule(ALL, "last"))
    )
)
OFFICERS = ("officer-1", "officer-2")
SIGNERS = [name for name in World().people if Role.APPROVER in World().people[name].roles]


@st.composite
def warrants(draw: st.DrawFn) -> Warrant:
    start = NOW - draw(st.integers(0, 100)) * HOUR
    return warrant(
        kind=draw(st.sampled_from([WarrantKind.ORDINARY, WarrantKind.URGENT, WarrantKind.REAL_TIME])),
        case=draw(st.sampled_from(["case", " "])),
        requester=draw(st.sampled_from(OFFICERS)),
        scope=Scope(
            tuple(draw(st.lists(st.sampled_from(["hall-east", "hall-west", "roof"]), max_size=3))),
            start,
            start + draw(st.integers(-1, 80)) * HOUR,
        ),
        limits=limits(
            candidates=draw(st.integers(0, 60)),
            uses=draw(st.integers(0, 120)),
            threshold=draw(st.integers(400, 1001)),
            expires=NOW + draw(st.integers(-1, 48)) * HOUR,
        ),
        probe=draw(st.sampled_from([probe(), replace(probe(), helper="nobody")])),
    )


@settings(max_examples=200, deadline=None)
@given(PERMISSIVE, warrants(), st.lists(st.sampled_from(SIGNERS), max_size=3), st.sampled_from(list(Act)), st.data())
def test_no_policy_permits_what_the_code_refuses(
    which: Policy, text: Warrant, signers: list[str], act: Act, data: st.DataObject
) -> None:
    """Whatever passes under a policy that permits everything passes the invariants by themselves, checked here anew."""
    text = replace(text, policy=which.hash)
    world = World(policy=which, uses_left=data.draw(st.integers(0, 2)), genesis=genesis(demo=data.draw(st.booleans())))
    world.cameras["hall-west"] = camera("hall-west", publicly_accessible=data.draw(st.booleans()))
    signed = [word(name, text) for name in signers]
    try:
        made = authorise(records.write(text), signed, template=TEMPLATE, act=act, circumstances=world.circumstances())
    except CountenanceError:
        return
    people = {one.person for one in made.approvals}
    assert text.requester not in people
    assert world.genesis.demo
    assert text.case.strip()
    assert text.probe == probe()
    assert 1 <= text.limits.candidates <= 50
    assert 1 <= text.limits.uses <= 100
    assert 1 <= text.limits.threshold <= 1000
    assert text.limits.one_in == 0 or text.limits.one_in >= 10
    assert text.limits.expires > NOW
    assert 1 <= len(set(text.scope.cameras)) == len(text.scope.cameras)
    assert 0 < text.scope.end - text.scope.start <= 72 * HOUR
    assert set(text.scope.cameras) <= world.cameras.keys()
    public = any(world.cameras[name].publicly_accessible for name in text.scope.cameras)
    assert not (public and text.scope.end > NOW - 24 * HOUR)
    assert text.kind is not WarrantKind.REAL_TIME
    if text.kind is WarrantKind.URGENT:
        assert people
        assert act is not Act.DISCLOSURE
        assert text.limits.expires <= text.made + 24 * HOUR
    else:
        assert len(people) >= 2
        assert len({world.people[name].organisation for name in people}) >= 2
    assert act is not Act.SEARCH or world.uses_left


@settings(max_examples=60, deadline=None)
@given(PERMISSIVE)
def test_a_policy_that_permits_everything_does_permit(which: Policy) -> None:
    text = warrant(policy=which.hash)
    world = World(policy=which)
    made = authorise(
        records.write(text), approvals(text), template=TEMPLATE, act=Act.SEARCH, circumstances=world.circumstances()
    )
    assert made.warrant == text


def test_another_policy_than_the_one_that_stands() -> None:
    text = warrant()
    for world, said in ((World(policy=STRICT), "draft it again"), (World(policy=None), "policy set")):
        with pytest.raises(Refused, match=said):
            authorise(
                records.write(text),
                approvals(text),
                template=TEMPLATE,
                act=Act.SEARCH,
                circumstances=world.circumstances(),
            )
