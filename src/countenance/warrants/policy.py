"""Policy: the deployment's own limits as text (Cedar), held against the facts of one act. Pure: text and facts in,
decision out.

Invariants:

* A policy only narrows. It is asked after everything that `authorise` checks itself, and its yes lifts nothing.
* Every error of the evaluator is no: a rule that cannot be evaluated might be the one that forbids.
* Every rule has a name, a sentence and a source, and the text fits `SCHEMA`, or it is no policy.
* A policy is known by the SHA-256 of its text, to the byte.
"""

import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import cedarpy

from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.warrants import Person

MAXIMUM_TEXT = 64 * 1024
"""Bytes of a policy: more, and nobody has read it."""

MOST_RULES = 100

BOUNDS = (100, 50, 20, 10, 5, 2, 1)
"""Thousandths of a stranger: the limits on expected false candidates that a policy is asked about, widest first."""

SCHEMA = """
entity Person = { organisation: String, roles: Set<String> };
entity Warrant = {
    purpose: String, kind: String, cameras: Long, hours: Long, candidates: Long, uses: Long, threshold: Long,
    valid_hours: Long, secrecy_days: Long, ended_hours_ago: Long, publicly_accessible: Bool, place_words: Set<String>
};
type Approved = { approvers: Long, organisations: Long, approver_roles: Set<String>, other_organisation: Bool };
action "warranted";
action "draft" in ["warranted"] appliesTo { principal: Person, resource: Warrant, context: {} };
action "search", "still", "disclosure" in ["warranted"]
    appliesTo { principal: Person, resource: Warrant, context: Approved };
action "expecting" appliesTo { principal: Person, resource: Warrant, context: { false_candidates: Long } };
action "within-budget" appliesTo {
    principal: Person, resource: Warrant,
    context: { person_day: Long, person_month: Long, organisation_month: Long }
};
action "at-this-hour" appliesTo { principal: Person, resource: Warrant, context: { weekday: Long, hour: Long } };
"""
"""What a rule can speak of. The facts are described in docs/formats/policy.md; `facts` makes them."""

_RULE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LONGEST_WORDS = 400
_TOLD = 3


class Step(StrEnum):
    """What a policy is asked about: Cedar's actions."""

    DRAFT = "draft"
    SEARCH = "search"
    STILL = "still"
    DISCLOSURE = "disclosure"
    EXPECTING = "expecting"
    WITHIN_BUDGET = "within-budget"
    AT_THIS_HOUR = "at-this-hour"


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy's text. Made by `read`, or kept since it was."""

    text: str

    @property
    def hash(self) -> bytes:
        """SHA-256 of the text in UTF-8: what warrants and entries name."""
        return hashlib.sha256(self.text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `effect`: permit or forbid; `steps` and `conditions`: as Cedar's JSON says them."""

    id: str
    effect: str
    says: str
    source: str
    steps: Json
    conditions: Json


@dataclass(frozen=True, slots=True)
class Question:
    """One act's facts. `warrant` and `context`: attributes as `SCHEMA` has them."""

    step: Step
    person: Person
    warrant: Mapping[str, Json]
    context: Mapping[str, Json]


def read(text: str) -> Policy:
    """The policy in `text`. Raises Malformed, with the first reason, if it does not fit the schema or lacks words."""
    if len(text.encode()) > MAXIMUM_TEXT:
        raise Malformed(f"a policy has at most {MAXIMUM_TEXT // 1024} KiB: shorten it until people can read it")
    checked = cedarpy.validate_policies(text, SCHEMA)
    if not checked.validation_passed:
        reason = str(checked.errors[0]) if checked.errors else "no reason was given"
        raise Malformed(f"this is no policy that can be evaluated: {_one_line(reason)}")
    policy = Policy(text)
    named = rules(policy)
    if not 1 <= len(named) <= MOST_RULES:
        raise Malformed(f"a policy has 1 to {MOST_RULES} rules: a text without any permits nothing")
    if len({rule.id for rule in named}) != len(named):
        raise Malformed("two rules of the policy have one @id: give each its own")
    for rule in named:
        if not _RULE.fullmatch(rule.id):
            raise Malformed("every rule has an @id of lower-case letters, digits and hyphens, at most 40")
        for words in (rule.says, rule.source):
            if not words.strip() or len(words) > _LONGEST_WORDS or not words.isprintable():
                raise Malformed(
                    f"rule '{rule.id}' needs @says, a sentence, and @source, the article it comes from: at most "
                    f"{_LONGEST_WORDS} printable characters each"
                )
    return policy


def rules(policy: Policy) -> tuple[Rule, ...]:
    """The rules in their order. Raises Malformed if the text has none that can be read, or templates."""
    try:
        spelled = json.loads(cedarpy.policies_to_json_str(policy.text))
    except ValueError as error:
        raise Malformed("the policy's text cannot be read: 'countenance policy check' says where") from error
    if spelled.get("templates") or spelled.get("templateLinks"):
        raise Malformed("a policy has no templates: write the rule out")
    found = []
    static = spelled.get("staticPolicies", {})
    for name in sorted(static, key=lambda name: int(name.removeprefix("policy"))):
        one = static[name]
        notes = one.get("annotations", {})
        says, source = (notes.get(note) or "" for note in ("says", "source"))
        found.append(Rule(notes.get("id") or "", one["effect"], says, source, one["action"], one["conditions"]))
    return tuple(found)


def purposes(policy: Policy) -> tuple[str, ...]:
    """The purposes that its rules compare a warrant's with, sorted: what the policy's own words name."""
    found: set[str] = set()
    waiting: list[Json] = [rule.conditions for rule in rules(policy)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            sides = node.get("left"), node.get("right")
            if _PURPOSE in sides:
                found.update(_values(sides))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return tuple(sorted(found))


_PURPOSE: Json = {".": {"left": {"Var": "resource"}, "attr": "purpose"}}


def _values(sides: tuple[Json, ...]) -> Iterator[str]:
    """Texts that stand on the other side of a comparison, alone or in a set."""
    for side in sides:
        if isinstance(side, Mapping):
            one, several = side.get("Value"), side.get("Set")
            if isinstance(one, str):
                yield one
            if isinstance(several, list):
                yield from _values(tuple(several))


def require(policy: Policy, question: Question) -> None:
    """Return if `policy` allows what `question` asks; else raise Refused, naming the rules that forbid it."""
    allowed, forbidding = _decided(policy, question)
    if allowed:
        return
    if forbidding:
        named = ", ".join(f"'{rule}'" for rule in forbidding[:_TOLD])
        raise Refused(f"the policy forbids this by its rule {named}: 'countenance policy show' says what and why")
    raise Refused(
        "no rule of the policy permits this purpose as far as this warrant goes: 'countenance policy show' says what "
        "each purpose may reach"
    )


def allows(policy: Policy, question: Question) -> bool:
    """Whether `policy` allows what `question` asks."""
    return _decided(policy, question)[0]


def _decided(policy: Policy, question: Question) -> tuple[bool, tuple[str, ...]]:
    """Whether it is allowed, and else the ids of the rules that forbid it. Every error is no."""
    person = question.person
    request = {
        "principal": {"type": "Person", "id": "requester"},
        "action": {"type": "Action", "id": question.step.value},
        "resource": {"type": "Warrant", "id": "warrant"},
        "context": dict(question.context),
    }
    homes = {"organisation": person.organisation, "roles": [role.value for role in person.roles]}
    entities = [
        {"uid": request["principal"], "attrs": homes, "parents": []},
        {"uid": request["resource"], "attrs": dict(question.warrant), "parents": []},
    ]
    try:
        answer = cedarpy.is_authorized(request, _parsed(policy.text), entities, _schema())
        sure = answer.decision is cedarpy.Decision.Allow and not answer.diagnostics.errors
        named = answer.diagnostics.id_annotations_by_reason
        return sure, () if sure or answer.diagnostics.errors else tuple(sorted(map(str, named.values())))
    except Exception:  # noqa: BLE001 - whatever the evaluator trips over, the answer is no
        return False, ()


@functools.lru_cache(maxsize=4)
def _parsed(text: str) -> cedarpy.PolicySet:
    """The evaluator's form of a policy's text: parsing it is most of a decision's time."""
    return cedarpy.PolicySet.from_str(text)


@functools.lru_cache(maxsize=1)
def _schema() -> cedarpy.Schema:
    return cedarpy.Schema.from_str(SCHEMA)


def _one_line(reason: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in reason)
    return plain[:300]
