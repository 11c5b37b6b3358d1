"""`countenance custodian hsm add|remove`: a PKCS#11 token that opens the custodian beside its passphrase or shares.

Both are asked for at the open custodian's terminal, and both are entries. `cli.backup` puts them beside
`cli.custodian`'s.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import cryptoki
from countenance.cli.custodian import AtSecond, ask, brought, zone_of
from countenance.cli.say import AsJson, Deployment, answer
from countenance.errors import Refused, Unavailable
from countenance.formats.canonical import Json

hsm = typer.Typer(
    no_args_is_help=True, add_completion=False, help="A PKCS#11 token that opens the custodian: whoever has it, alone."
)


@hsm.command()
def add(
    *,
    module: Annotated[Path, typer.Option(help="the token's PKCS#11 library")],
    token: Annotated[str, typer.Option(help="the token's label")],
    passphrase_file: Annotated[Path | None, typer.Option(help="first line is the passphrase")] = None,
    share_file: Annotated[list[Path] | None, typer.Option(help="a file with one share; repeat it")] = None,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Make a key in the token that opens the custodian. Asks for passphrase or shares again, then for the PIN."""
    zone = zone_of(second=second)
    if _open(deployment, zone).get("hsm") is not None:
        raise Refused("a token opens this custodian already: 'countenance custodian hsm remove' ends that")
    secret = brought(deployment, passphrase_file, share_file, zone=zone)
    library = str(module.absolute())
    with cryptoki.session(library, token) as opened:
        made = cryptoki.make(opened)
        body = {**secret, "module": library, "token": token, "key": made.key.hex(), "public": made.public.hex()}
        try:
            done = ask(deployment, "hsm.add", body, zone=zone)
        except BaseException:
            cryptoki.destroy(opened, made.key)
            raise
    sentence = (
        f"added; entry {done['entry']}. From now on whoever has the token {token} and its PIN opens this custodian "
        "alone, at its terminal. Passphrase or shares open it as before: keep them"
    )
    answer(dict(done), sentence, as_json=as_json)


@hsm.command()
def remove(
    *,
    lost: Annotated[bool, typer.Option("--lost", help="the token is not at hand: its key stays in it")] = False,
    second: AtSecond = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Destroy the key in the token, after its PIN, and what was sealed to it. The token opens nothing then."""
    zone = zone_of(second=second)
    known = _open(deployment, zone)
    if not lost:
        module, token, key, _ = cryptoki.told(known)
        with cryptoki.session(module, token) as opened:
            cryptoki.destroy(opened, key)
    done = ask(deployment, "hsm.remove", zone=zone)
    sentence = f"removed; entry {done['entry']}. The token opens this custodian no more"
    if lost:
        sentence += ". Whoever has it, its PIN and a copy of the custodian's directory of before still has the root key"
    answer(dict(done), sentence, as_json=as_json)


def _open(deployment: Path, zone: str) -> Mapping[str, Json]:
    """Its status, before a token is touched. Raises Unavailable while it is locked."""
    known = ask(deployment, "status", zone=zone)
    if known.get("state") != "open":
        raise Unavailable("the custodian is locked: open it first, tokens are added and removed by entries in its log")
    return known
