"""Options every verb has, and one way to answer: a sentence for people, or one JSON object with `--json`."""

import functools
import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from countenance.errors import Malformed, Unavailable
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis

Deployment = Annotated[
    Path,
    typer.Option("--deployment", envvar="COUNTENANCE_DIR", help="the deployment's directory"),
]
AsJson = Annotated[bool, typer.Option("--json", help="answer with one JSON object")]


def undeployed(verb: Callable[..., Any]) -> Callable[..., Any]:
    """`verb`, which needs no deployment, taking `--deployment` all the same, as every verb does."""

    @functools.wraps(verb)
    def taken(*words: Any, **given: Any) -> Any:
        given.pop("deployment", None)
        return verb(*words, **given)

    own = inspect.signature(verb)
    last = inspect.Parameter("deployment", inspect.Parameter.KEYWORD_ONLY, default=Path(), annotation=Deployment)
    vars(taken)["__signature__"] = own.replace(parameters=[*own.parameters.values(), last])
    vars(taken)["__annotations__"] = {**verb.__annotations__, "deployment": Deployment}
    return taken


def answer(facts: Mapping[str, object], sentence: str, *, as_json: bool) -> None:
    """Print `facts` as one line of JSON, or `sentence`."""
    # Words of another process may hold terminal escapes; only printable characters and line ends leave here.
    plain = "".join(letter for letter in sentence if letter.isprintable() or letter == "\n")
    typer.echo(json.dumps(facts) if as_json else plain)


def contents(path: Path, *, most: int, what: str) -> bytes:
    """The bytes of a file that holds `what`. Raises Unavailable if it cannot be read, Malformed beyond `most` bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise Unavailable(f"{path.name[:80]} cannot be read; name {what}") from error
    if len(data) > most:
        raise Malformed(f"{path.name[:80]} is too large; name {what}")
    return data


def genesis_of(deployment: Path) -> Genesis:
    """The genesis record of a deployment. Raises Unavailable if there is none there, Malformed if it is none."""
    try:
        data = (deployment / "genesis.json").read_bytes()
    except OSError as error:
        raise Unavailable(
            f"{deployment} holds no deployment: 'countenance init' makes one, --deployment names one"
        ) from error
    try:
        return records.read(Genesis, data)
    except Malformed as error:
        raise Malformed("genesis.json is not a genesis record; restore it from any zone's copy") from error


def genesis_in(file: Path) -> Genesis:
    """The genesis record in a file that somebody names. Raises Unavailable if it cannot be read, Malformed if none."""
    data = contents(file, most=64 * 1024, what="the genesis.json of the deployment")
    try:
        return records.read(Genesis, data)
    except Malformed as error:
        raise Malformed(f"{file.name} is not a genesis record; give the genesis.json of the deployment") from error
