"""The terminal socket: what only someone on the custodian's own host and account may do: open, close, roster, edges.

The socket has mode 0600 in a directory of mode 0700; who can connect is the custodian's account, and needs no further
proof. Changes are entries all the same.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from countenance.channel.message import Message
from countenance.channel.server import Handler
from countenance.errors import Malformed
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Witness
from countenance.vocabulary.warrants import Person, Role
from countenance.zones.custodian import (
    backups,
    courier,
    edges,
    enrolling,
    hsm,
    rewriting,
    roster,
    terminal_rules,
    witnesses,
)
from countenance.zones.custodian.keys import Place, Secret
from countenance.zones.custodian.lifecycle import Custodian
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.records import EdgeIdentity

Act = Callable[[Opened, Mapping[str, Json]], dict[str, Json]]


def handlers(custodian: Custodian) -> Mapping[str, Handler]:
    """The verbs of the terminal socket."""

    def open_(message: Message) -> Message:
        custodian.open(_secret(message.body))
        return Message(message.verb, custodian.status())

    def close(message: Message) -> Message:
        custodian.close()
        return Message(message.verb, custodian.status())

    def status(message: Message) -> Message:
        return Message(message.verb, custodian.status())

    when_open: dict[str, Act] = {
        "roster.add": _roster_add,
        "roster.address": _roster_address,
        "roster.list": _roster_list,
        "roster.revoke": _roster_revoke,
        "backup": _backup,
        "hsm.add": _hsm_add,
        "hsm.remove": _hsm_remove,
        "edge.enrol": _edge_enrol,
        "edge.list": _edge_list,
        "edge.revoke": _edge_revoke,
        "rotate": _rotate,
        "witness.add": _witness_add,
        "witness.list": _witness_list,
        "witness.remove": _witness_remove,
        "witness.require": _witness_require,
        **terminal_rules.VERBS,
    }
    always: dict[str, Handler] = {"open": open_, "close": close, "status": status}
    return {**always, **{verb: _guarded(custodian, act) for verb, act in when_open.items()}}


def _guarded(custodian: Custodian, act: Act) -> Handler:
    def handle(message: Message) -> Message:
        custodian.used()
        with custodian.acting() as opened:
            return Message(message.verb, act(opened, message.body))

    return handle


def _roster_add(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    try:
        roles = tuple(Role(name) for name in _texts(body, "roles"))
    except ValueError as error:
        names = ", ".join(role.value for role in Role)
        raise Malformed(f"a role is one of {names}") from error
    key = _key(body, "key") if body.get("key") or not body.get("registrations") else b""
    cameras = tuple(_texts(body, "cameras")) if "cameras" in body else ()
    person = Person(_text(body, "name"), _text(body, "organisation"), roles, key, cameras=cameras)
    return enrolling.add(opened, person, [text.encode() for text in _texts(body, "registrations")])


def _roster_list(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    del body
    return {"persons": [enrolling.line(member) for member in roster.members(opened)]}


def _roster_revoke(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    return enrolling.revoke(opened, _text(body, "name"), _text(body, "credential", optional=True))


def _roster_address(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    name = _text(body, "name")
    return {"name": name, "entry": courier.address(opened, name, _text(body, "address"))}


def _edge_enrol(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    identity = EdgeIdentity(
        _text(body, "name"), _text(body, "kind"), _key(body, "signing_key"), _key(body, "sealing_key")
    )
    return {"name": identity.name, "entry": edges.enrol(opened, identity)}


def _edge_list(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    del body
    return {
        "edges": [
            {
                "name": known.identity.name,
                "kind": known.identity.kind,
                "digest": records.digest(known.identity).hex(),
                "revoked": known.revoked,
                "entry": known.entry,
            }
            for known in edges.every(opened)
        ]
    }


def _edge_revoke(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    name = _text(body, "name")
    return {"name": name, "entry": edges.revoke(opened, name)}


def _backup(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    days = body.get("days")
    if type(days) is not int:
        raise Malformed("this verb comes with a whole number days")
    file, piece = Path(_text(body, "file")), Path(_text(body, "piece"))
    made = backups.make(opened, file, piece, days=days, settings=_text(body, "settings", optional=True))
    return {"file": str(file), "piece": str(piece), "until": made.until, "entry": made.entry}


def _hsm_add(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    place = Place(_text(body, "module"), _text(body, "token"), _key(body, "key"), _key(body, "public"))
    return {"token": place.token, "entry": hsm.add(opened, _secret(body), place)}


def _hsm_remove(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    del body
    return {"entry": hsm.remove(opened)}


def _rotate(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    return {"sheets": rewriting.order(opened, _text(body, "camera", optional=True))}


def _witness_add(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    witness = Witness(_text(body, "name"), _text(body, "organisation"), _text(body, "url"), _key(body, "key"))
    entry = witnesses.add(opened, witness)
    witnesses.show(opened)
    cosigned = any(one.name == witness.name and had is not None for one, had in witnesses.kept(opened))
    return {"name": witness.name, "entry": entry, "cosigned": cosigned}


def _witness_list(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    del body
    every: list[Json] = [
        {
            "name": one.name,
            "organisation": one.organisation,
            "url": one.url,
            "key": one.key.hex(),
            "size": had.size if had else 0,
            "made": had.made if had else 0,
        }
        for one, had in witnesses.kept(opened)
    ]
    return {"witnesses": every, "required": opened.desk.standing.required, "entries": opened.sequencer.size}


def _witness_remove(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    name = _text(body, "name")
    return {"name": name, "entry": witnesses.remove(opened, name)}


def _witness_require(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    required = body.get("required")
    if type(required) is not int:
        raise Malformed("this verb comes with a whole number required")
    return {"required": required, "entry": witnesses.require(opened, required)}


def _secret(body: Mapping[str, Json]) -> Secret:
    agreed = _key(body, "agreed") if "agreed" in body else b""
    return Secret(_text(body, "passphrase", optional=True), _texts(body, "shares"), agreed)


def _text(body: Mapping[str, Json], field: str, *, optional: bool = False) -> str:
    value = body.get(field, "" if optional else None)
    if not isinstance(value, str):
        raise Malformed(f"this verb comes with a text {field}")
    return value


def _texts(body: Mapping[str, Json], field: str) -> tuple[str, ...]:
    value = body.get(field, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Malformed(f"{field} is a list of texts")
    return tuple(str(item) for item in value)


def _key(body: Mapping[str, Json], field: str) -> bytes:
    try:
        return bytes.fromhex(_text(body, field))
    except ValueError as error:
        raise Malformed(f"{field} is in hex") from error
