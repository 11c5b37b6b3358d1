"""`countenance erase SIGHTING… --reason R`: a clerk's request; `countenance erase sign REQUEST`: an approver's order.

A request takes the sightings out of every search at once and erases them after seven days; a quorum's order erases
them now. Either waits while a quorum holds one of them. The request's id is the digest of what it says, so who signs
the id signs the list.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import usb as usb_key
from countenance.cli.ask import Acting
from countenance.cli.say import AsJson, Deployment, answer
from countenance.cli.usb import Name, Signing, Usb
from countenance.errors import Malformed
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.vocabulary.assurance import told
from countenance.vocabulary.moments import written

SIGN = "sign"
DIGEST = 32


def erase(
    what: Annotated[list[str], typer.Argument(help="sightings to erase; or: sign REQUEST", metavar="SIGHTING…")],
    *,
    reason: Annotated[str, typer.Option(help="why; it stays with the custodian and is in no entry")] = "",
    key: Signing = None,
    usb: Usb = False,
    person: Name = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Ask for an erasure (clerk), or sign one that was asked for (approver): erase sign REQUEST."""
    signing = what[0] == SIGN
    if signing and (len(what) != 2 or reason):
        raise Malformed("sign one request at a time: countenance erase sign REQUEST --key FILE")
    if not signing and not reason.strip():
        raise Malformed("an erasure needs --reason, for instance 'request of the subject'")
    with usb_key.signing(deployment, key, person if usb else "") as acting:
        done, said = _sign(acting, what[1]) if signing else _request(acting, tuple(what), reason)
    answer(done, said, as_json=as_json)


def _request(person: Acting, sightings: tuple[str, ...], reason: str) -> tuple[dict[str, Json], str]:
    done = person.asker.ask(Verb.RESTRICT, Restriction(sightings, reason))
    return done, (
        f"{len(sightings)} sightings are out of every search now and erased by {_when(done.get('restricted_until'))}, "
        "unless a quorum held them\n"
        f"to erase them at once, approvers sign: countenance erase sign {done.get('request')}"
    )


def _sign(person: Acting, request: str) -> tuple[dict[str, Json], str]:
    try:
        digest = bytes.fromhex(request)
    except ValueError:
        digest = b""
    if len(digest) != DIGEST:
        raise Malformed("this is no request: give the 64 hex digits that 'countenance erase' printed")
    done = person.asker.ask(Verb.ORDER, Order(request, digest))
    receipt = done.get("receipt")
    if not isinstance(receipt, dict):
        given, needed = done.get("signatures"), done.get("needed")
        enough = isinstance(given, int) and isinstance(needed, int) and given >= needed
        waits = "; it is carried out as soon as nothing stands against it" if enough else ""
        return done, f"signed; {given} of {needed} signatures{waits}"
    return done, (
        f"erased; entries {receipt.get('ordered_entry')} and {receipt.get('erased_entry')} prove it; "
        f"gone from every copy by {_when(receipt.get('gone_by'))}\n{_worth(receipt)}"
    )


def _worth(known: Mapping[str, Json]) -> str:
    """What stands under an answer of the custodian's: its assurance level, and who witnesses its log."""
    names = known.get("witnessed_by")
    return f"assurance {told(str(known.get('assurance')), list(map(str, names)) if isinstance(names, list) else [])}"


def _when(moment: Json) -> str:
    return written(moment) if isinstance(moment, int) else "the date on the receipt"
