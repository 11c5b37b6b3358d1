"""A rule's conditions in words, made from what the evaluator evaluates and not from what the rule says of itself."""

from collections.abc import Callable, Mapping

from countenance.formats.canonical import Json

_LINE = 100
_BETWEEN = {"==": "is", "!=": "is not", "<=": "at most", "<": "below", ">=": "at least", ">": "above"}
_NAMES = {
    "ended_hours_ago": "hours since the scope's end",
    "valid_hours": "hours until it expires",
    "secrecy_days": "days of secrecy",
    "publicly_accessible": "a camera is in a publicly accessible place",
    "place_words": "the words of the cameras' places",
    "approver_roles": "the approvers' roles",
    "other_organisation": "an approver is of another organisation than who asks",
    "false_candidates": "expected false candidates, in thousandths",
    "person_day": "the officer's searches in 24 hours",
    "person_month": "the officer's searches in 30 days",
    "organisation_month": "the organisation's searches in 30 days",
}
_STEPS = {
    "warranted": "drafting, searching, showing stills and disclosing",
    "draft": "drafting",
    "search": "searching",
    "still": "showing stills",
    "disclosure": "disclosing",
    "expecting": "a number of expected false candidates",
    "within-budget": "one more search",
    "at-this-hour": "acting at an hour without being frozen",
}


def steps(action: Json) -> str:
    """What a rule is about: its action clause in words."""
    if not isinstance(action, Mapping) or action.get("op") == "All":
        return "everything"
    listed = action.get("entities")
    named = listed if isinstance(listed, list) else [action.get("entity")]
    ids = [str(one.get("id")) for one in named if isinstance(one, Mapping)]
    return ", ".join(_STEPS.get(one, one) for one in ids)


def conditions(clauses: Json) -> list[str]:
    """A rule's when and unless clauses, a line each or more."""
    lines: list[str] = []
    for clause in clauses if isinstance(clauses, list) else []:
        if isinstance(clause, Mapping):
            kind, body = str(clause.get("kind")), clause.get("body")
            parts = _joined(body, "&&")
            lines += [f"{kind if at == 0 else 'and'} {_spelled(part)}" for at, part in enumerate(parts)]
    return lines or ["always"]


def _joined(body: Json, operator: str) -> list[Json]:
    """The parts of a chain of one operator, in order."""
    if isinstance(body, Mapping) and isinstance(both := body.get(operator), Mapping) and len(body) == 1:
        return _joined(both.get("left"), operator) + _joined(both.get("right"), operator)
    return [body]


def _spelled(body: Json) -> str:
    if not isinstance(body, Mapping) or len(body) != 1:
        return f"(as the text says: {str(body)[:_LINE]})"
    ((operator, said),) = body.items()
    if operator in ("&&", "||"):
        word = " and " if operator == "&&" else " or "
        return "(" + word.join(_spelled(part) for part in _joined(body, operator)) + ")"
    spell = _SPELLINGS.get(operator)
    if spell and isinstance(said, Mapping):
        return spell(said)
    if operator in _BETWEEN and isinstance(said, Mapping):
        return f"{_spelled(said.get('left'))} {_BETWEEN[operator]} {_spelled(said.get('right'))}"
    if operator == "Value":
        return f'"{said}"' if isinstance(said, str) else str(said).lower()
    if operator == "Set" and isinstance(said, list):
        return ", ".join(_spelled(one) for one in said)
    return f"(as the text says: {operator} {str(said)[:_LINE]})"


def _attribute(said: Mapping[str, Json]) -> str:
    name = str(said.get("attr"))
    return _NAMES.get(name, name)


_SPELLINGS: Mapping[str, Callable[[Mapping[str, Json]], str]] = {
    ".": _attribute,
    "!": lambda said: f"not ({_spelled(said.get('arg'))})",
    "contains": lambda said: f"{_spelled(said.get('left'))} include {_spelled(said.get('right'))}",
    "containsAny": lambda said: f"{_spelled(said.get('left'))} include one of {_spelled(said.get('right'))}",
    "containsAll": lambda said: f"{_spelled(said.get('left'))} include all of {_spelled(said.get('right'))}",
}
