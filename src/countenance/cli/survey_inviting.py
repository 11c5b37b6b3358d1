"""`countenance survey invite|issue`: cards to hand out, and the issuer's process, which signs for their codes."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.say import AsJson, Deployment, answer, contents, genesis_of, undeployed
from countenance.cli.survey_places import Named, folder_of
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.survey import cards, inviting, preview, waves
from countenance.web.issuer.application import application
from countenance.zones.custodian.approval_page import serving

_CODES_BYTES = 1024 * 1024

Issuing = Annotated[str, typer.Option("--issuing", help="address at which the issuer signs for browsers")]


def origin_of(text: str) -> str:
    """An origin: https, or http of this machine's own names. Raises Malformed."""
    scheme, _, host = text.partition("://")
    name = host.partition(":")[0]
    own = name == "localhost" or name.endswith(".localhost")
    plain = host and not set(host) - set("abcdefghijklmnopqrstuvwxyz0123456789.-:")
    if not plain or not (scheme == "https" or (scheme == "http" and own)):
        raise Malformed("an address is https://HOST or https://HOST:PORT, lower-case; http for *.localhost only")
    return text


def invite(
    name: Named,
    codes: Annotated[Path, typer.Argument(metavar="CODES", help="the file that 'survey open' wrote, or a part of it")],
    *,
    out: Annotated[Path, typer.Option(help="the sheet, HTML, to print and cut")],
    language: Annotated[str, typer.Option(help="en, zh or ru")] = "en",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Make a sheet of cards, each with a code that is good for one answer."""
    preview.check(language)
    begun, genesis = waves.current(folder_of(deployment, name)), genesis_of(deployment)
    if genesis.portal is None:
        raise Refused("this deployment has no portal that cards could lead to: ask on paper")
    if not begun.wave.issuing:
        raise Refused("this wave was opened without --issuing: nobody signs its codes for browsers")
    found = contents(codes, most=_CODES_BYTES, what="a file of codes").decode("ascii", "replace").split()
    files.check_place(out)
    files.write(out, cards.sheet(begun.instrument, genesis.portal.origin, found, language))
    said = f"{len(found):,} cards in {out}. Who has it has the invitations: print it, then destroy it"
    answer({"survey": name, "cards": len(found), "file": str(out)}, said, as_json=as_json)


@undeployed
def issue(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the issuer's folder, that 'survey open' made")],
    *,
    issuing: Issuing,
    portal: Annotated[str, typer.Option(help="address of the portal whose pages it signs for")],
    tls: Annotated[Path | None, typer.Option(help="folder with tls.crt and tls.key, for https")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign invitations for browsers, blind, until it is stopped. For somebody else than who collects answers."""
    origin, page = origin_of(issuing), origin_of(portal)
    if origin.startswith("https://") != (tls is not None):
        raise Malformed("--tls DIR, with tls.crt and tls.key, goes with https, and with nothing else")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    with inviting.issuing(folder) as issuer:
        answer({"issuing": origin, "portal": page}, f"signing at {origin} for {page}", as_json=as_json)
        serving.serve(application(issuer, origin=origin, portal=page), tls, serving.port_of(origin), stop)
