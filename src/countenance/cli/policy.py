"""`countenance policy show|check|set`: what a deployment may search for, as text that a lawyer can read."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask
from countenance.cli.custodian import AtSecond, zone_of
from countenance.cli.custodian import ask as at_terminal
from countenance.cli.policy_words import conditions, steps
from countenance.cli.say import AsJson, Deployment, answer, contents
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Nothing, Verb
from countenance.warrants import policy as policies
from countenance.warrants import ready
from countenance.warrants.policy import MAXIMUM_TEXT, Policy, Rule

policy = typer.Typer(no_args_is_help=True, add_completion=False, help="Show, check or set the policy.")

Which = Annotated[str, typer.Argument(metavar="eu|strict|FILE", help="a ready policy, or a file with one")]


@policy.command()
def show(
    which: Annotated[
        str, typer.Argument(metavar="[eu|strict|FILE]", help="instead of the one that stands in the deployment")
    ] = "",
    key: Annotated[Path | None, typer.Option("--key", help="your key file; else the custodian's terminal")] = None,
    text: Annotated[bool, typer.Option("--text", help="the text itself, to the byte")] = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Show a policy rule by rule: what it says, what is evaluated, and the article it comes from."""
    found = policies.read(named(which) if which else _standing(deployment, key, zone_of(second=second)))
    told = found.text if text else in_words(found)
    answer(_facts(found), told, as_json=as_json)


@policy.command()
def check(which: Which, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Say whether a text is a policy: it fits the schema, and every rule has a name, a sentence and a source."""
    # A text is a policy or not, wherever it is to stand.
    del deployment
    found = policies.read(named(which))
    answer(_facts(found), f"{len(policies.rules(found))} rules; SHA-256 {found.hash.hex()}", as_json=as_json)


@policy.command(name="set")
def set_(which: Which, second: AtSecond = False, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Make it the deployment's policy, at the custodian's terminal. Warrants under the one before count no more."""
    done = at_terminal(deployment, "policy.set", {"text": named(which)}, zone=zone_of(second=second))
    told = f"policy {done['policy']} stands (entry {done['entry']}); warrants under another are to be drafted again"
    answer(done, told, as_json=as_json)


def named(which: str) -> str:
    """The text of a ready policy, or of a file. Raises Malformed, Unavailable."""
    if which in ready.NAMES:
        return ready.text(which)
    data = contents(Path(which), most=MAXIMUM_TEXT, what="eu, strict or the file of a policy")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"{Path(which).name[:80]} is not UTF-8 text: a policy is") from error


def in_words(found: Policy) -> str:
    """Every rule: sentence, what is evaluated in words, source; then the hash."""
    lines = []
    for number, rule in enumerate(policies.rules(found), 1):
        lines += [
            f"{number}. {rule.says}",
            f"   {_effect(rule)}",
            *(f"     {line}" for line in conditions(rule.conditions)),
            f"   source: {rule.source}  (rule {rule.id})",
            "",
        ]
    return "\n".join((*lines, "What no rule permits is refused.", f"SHA-256 {found.hash.hex()}"))


def _effect(rule: Rule) -> str:
    return f"{'permits' if rule.effect == 'permit' else 'forbids'} {steps(rule.steps)}"


def _standing(deployment: Path, key: Path | None, zone: str) -> str:
    if key is None:
        text = at_terminal(deployment, "policy.show", zone=zone).get("text")
    else:
        with ask.acting(deployment, key) as person:
            text = person.asker.ask(Verb.POLICY, Nothing()).get("text")
    if not isinstance(text, str) or not text:
        raise Refused("no policy stands here: 'countenance policy set' at the custodian's terminal sets one")
    return text


def _facts(found: Policy) -> dict[str, Json]:
    listed: list[Json] = [
        {"id": rule.id, "effect": rule.effect, "says": rule.says, "source": rule.source}
        for rule in policies.rules(found)
    ]
    return {"policy": found.hash.hex(), "rules": listed, "text": found.text}
