"""Forged records: what edges sign, and what the repository says of sheets, searches and the log in its own name."""

import random
from dataclasses import replace
from typing import Any

from attacks.forgeries import STRANGER, Forgers, Rogue, Sent, forgery, turned
from countenance.crypto import sign
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import LeaseRequest
from simulator.court import LAST_HOUR, THIS_HOUR
from simulator.zone import Edge, manifest, sighting

PLACES = ("hall-east", "hall-west")

RELAYED: Forgers = {}


def by_somebody_else(record: object, chance: random.Random) -> bytes:
    """A record signed by a stranger in the edge's name, or by a stranger's own, or changed after it was signed."""
    name = chance.choice(["edge-1", "edge-1", "probe", "edge-2", "officer-1"])
    return records.write(sign.signed(record, name, STRANGER))


@forgery(RELAYED)
def lease(rogue: Rogue, chance: random.Random) -> Sent:
    now, edge = rogue.court.zone.clock(), rogue.court.edge
    asked = LeaseRequest(edge.name, chance.choice(PLACES), THIS_HOUR, THIS_HOUR + chance.randrange(4), now)
    whole = edge.signed(asked)
    by_edge = [
        replace(asked, edge=chance.choice(["edge-2", "probe"])),
        replace(asked, camera="hall-north"),
        replace(asked, made=now - chance.randint(301_000, 10**9)),
        replace(asked, first=asked.first - 9999, last=asked.first - 9990),
        replace(asked, last=asked.first + chance.randint(96, 10**6)),
        replace(asked, last=asked.first - chance.randint(1, 99)),
    ]
    blobs = chance.choice(
        [
            by_somebody_else(asked, chance),
            turned(whole, chance),
            edge.signed(chance.choice(by_edge)),
            rogue.court.zone.probe.signed(asked),
            moved(whole, LeaseRequest, camera="hall-west" if asked.camera == "hall-east" else "hall-east"),
        ]
    )
    return "lease", (blobs,), {}


def moved(whole: bytes, kind: type, **changed: Any) -> bytes:
    """A signed record with something in it changed afterwards."""
    signed = records.read(Signed, whole)
    body = replace(records.read(kind, signed.body), **changed)
    return records.write(replace(signed, body=records.write(body)))


@forgery(RELAYED)
def manifests(rogue: Rogue, chance: random.Random) -> Sent:
    court = rogue.court
    place = ("hall-east", LAST_HOUR)
    last, own = court.manifests[place], court.leases[place]
    made = manifest(court.zone, court.edge, own, [one.sighting for one in court.rows[place]], last)
    whole = court.edge.signed(made)
    by_edge = [
        replace(made, sightings=made.sightings[:-1]),
        replace(made, sightings=(*made.sightings, made.sightings[0])),
        replace(made, previous=chance.randbytes(32)),
        replace(made, number=last.number),
        replace(made, camera="hall-north"),
        replace(made, hour=LAST_HOUR - 500),
        replace(made, edge="edge-2"),
    ]
    said = chance.choice(
        [
            by_somebody_else(made, chance),
            turned(whole, chance),
            court.edge.signed(chance.choice(by_edge)),
            moved(whole, type(made), sightings=()),
            court.zone.probe.signed(made),
        ]
    )
    return "intake.manifest", (said,), {}


@forgery(RELAYED)
def sightings(rogue: Rogue, chance: random.Random) -> Sent:
    court = rogue.court
    own = court.leases["hall-east", LAST_HOUR]
    made = sighting(court.zone, court.edge, own)
    known = chance.choice(court.rows["hall-east", LAST_HOUR]).sighting
    record, sealed, row = made.blobs
    other = replace(known.record, sighting=made.record.sighting)
    blobs = chance.choice(
        [
            (by_somebody_else(made.record, chance), sealed, row),
            (turned(record, chance), sealed, row),
            (record, turned(sealed, chance), row),
            (record, sealed, turned(row, chance)),
            (record, known.sealed, row),
            (record, sealed, known.row),
            (moved(record, type(made.record), camera="hall-west"), sealed, row),
            (court.edge.signed(other), known.sealed, known.row),
            (court.edge.signed(replace(made.record, camera="hall-west")), sealed, row),
            (court.edge.signed(replace(made.record, hour=THIS_HOUR)), sealed, row),
            (court.edge.signed(replace(made.record, sighting=known.record.sighting)), sealed, row),
            (Edge("edge-1").signed(made.record), sealed, row),
            (record, sealed),
        ]
    )
    return "intake.sightings", blobs, {}


@forgery(RELAYED)
def searches_that_do_not_run(rogue: Rogue, chance: random.Random) -> Sent:
    del rogue
    body: dict[str, Json] = {"search": chance.choice([chance.randbytes(16).hex(), "", None, 7])}
    verb = chance.choice(["search.sheets", "search.finish"])
    return (
        verb,
        (chance.randbytes(4 * chance.randrange(64)),),
        {**body, "missing": [], "partitions": [["hall-west", 1]]},
    )


@forgery(RELAYED)
def sheets_of_elsewhere(rogue: Rogue, chance: random.Random) -> Sent:
    """Rows for sheets that are not, of another generation, or that nobody ordered to be rewritten."""
    camera, hour, number, generation = "hall-east", LAST_HOUR, 0, 0
    parts = rogue.court.parts(camera, hour, number, generation)
    body: dict[str, Json] = {"camera": camera, "hour": hour, "number": number, "generation": generation}
    verb = chance.choice(["tags.repair", "tags.drop", "sheet.rewrite", "sheet.rewritten"])
    if verb in ("tags.repair", "tags.drop") or chance.random() < 0.7:
        wrong: list[tuple[str, Json]] = [
            ("camera", chance.choice(["hall-north", "", None])),
            ("hour", chance.choice([-1, LAST_HOUR - 999, "0"])),
            ("number", chance.randint(1, 99)),
            ("generation", chance.randint(1, 99)),
        ]
        field, value = chance.choice(wrong[:3] if verb == "sheet.rewritten" else wrong)
        body[field] = value
    elif verb == "sheet.rewritten":
        body["generation"] = chance.randint(1, 99)
    return verb, parts, body


@forgery(RELAYED)
def the_log(rogue: Rogue, chance: random.Random) -> Sent:
    """More entries than there are, a place that is none."""
    size = rogue.court.zone.opened.sequencer.size
    if chance.random() < 0.5:
        return "publish", (), {"have": chance.choice([size + chance.randint(1, 10**6), -1, "0", None])}
    place = chance.choice(["../journal", "tile/../../store", "", "keys", chance.randbytes(8).hex()])
    return "published.damaged", (), {"place": place}
