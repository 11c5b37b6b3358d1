"""`countenance errors`: how often cameras and purposes show reviewers a stranger, with bounds, and what is stopped."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from countenance.cli import ask
from countenance.cli.ask import KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Nothing, Verb

BILLION = 1_000_000_000
_OTHERS = "purposes that the policy does not name"


def errors(key: KeyFile, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show what searches of each camera and purpose showed of strangers; for approvers, operators and auditors."""
    with ask.acting(deployment, key) as person:
        told = person.asker.ask(Verb.ERRORS, Nothing())
    listed = told.get("counts")
    counts = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    if as_json or not counts:
        answer(told, "nothing was searched yet", as_json=as_json)
        return
    table = Table("of", "searches", "strangers", "expected at most", "of 100 searches", "allowed", "")
    for one in counts:
        table.add_row(*_row(one))
    console = Console()
    console.print(table, markup=False)
    console.print(_words(told), markup=False, highlight=False)


def _row(one: Mapping[str, Json]) -> tuple[str, ...]:
    waiting = f", {one['undecided']} undecided" if one["undecided"] else ""
    return (
        _name(str(one["what"])),
        str(one["searches"]),
        f"{one['strangers']}{waiting}",
        f"{_number(one['expected']) / BILLION:.3g}",
        between(one),
        f"{_number(one['limit']) / 10:g}",
        judgement(one),
    )


def between(one: Mapping[str, Json]) -> str:
    """Of 100 searches as wide as the widest, how many may show a stranger: in words."""
    low, high = one["low"], one["high"]
    if low is None or high is None:
        return "nothing was compared"
    least, most = (min(100.0, _number(bound) / 10) for bound in (low, high))
    if most >= 100:
        return "any number" if least <= 0 else f"at least {least:.2g}"
    return f"at most {most:.2g}" if least <= 0 else f"between {least:.2g} and {most:.2g}"


def judgement(one: Mapping[str, Json]) -> str:
    """Whether the policy's limit is kept, as far as anybody can know."""
    if one["stopped"] is not None:
        return f"STOPPED (entry {one['stopped']})"
    if one["high"] is not None and _number(one["high"]) <= _number(one["limit"]):
        return "within the limit"
    return "not enough searches to say"


def _name(what: str) -> str:
    kind, _, name = what.partition(":")
    return f"{kind} {name}" if name else _OTHERS


def _words(told: Mapping[str, Json]) -> str:
    sure = 100 - _number(told["error"]) / 10
    return (
        "A stranger: somebody not confirmed whom a reviewer called different, once for each probe. Of 100 searches as "
        f"wide as the widest so far, so many may show one: each bound holds at every moment with {sure:g} % certainty, "
        "if reviewers judge rightly. What surely shows more than the policy allows is stopped until a quorum clears it "
        "with 'countenance freeze clear'."
    )


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0
