"""`countenance footage look CAMERA`: covered footage of a camera as one video file. Every look is an entry.

What is written is what was stored: everyone whose face was detected is covered. It is written for its owner alone.
"""

from pathlib import Path
from typing import Annotated

import typer

from countenance.channel import footage as stored
from countenance.channel.relayed import Call
from countenance.cli import ask
from countenance.cli.ask import KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.formats.canonical import Json
from countenance.video import segments
from countenance.vocabulary.acts import Look, Verb
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.sightings import SegmentRecord

footage = typer.Typer(no_args_is_help=True, add_completion=False, help="Look at covered footage.")


@footage.callback()
def _group() -> None:
    """Keep `look` a verb of its own while it is the only one."""


@footage.command()
def look(
    camera: Annotated[str, typer.Argument(help="a declared camera")],
    *,
    start: Annotated[str, typer.Option("--from", help="from when: 2026-11-22T09:30Z, 09:30 or an offset: -2h")],
    end: Annotated[str, typer.Option("--to", help="until when")],
    reason: Annotated[str, typer.Option(help="why you look; it is in the entry")],
    out: Annotated[Path, typer.Option(help="a new file, MP4")],
    key: KeyFile,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Write covered footage of one camera to a file only you can read. The look is an entry before you see anything."""
    if out.exists():
        raise Refused(f"{out} exists already; give --out a new name")
    files.check_place(out)
    now = ask.now()
    first, last = ask.moment(start, of=now), ask.moment(end, of=now)
    ask.ordered(first, last)
    asked = Look(camera, Hour.of(first).number, Hour.of(last).number, reason)
    with ask.acting(deployment, key) as person:
        done = person.asker.ask(Verb.LOOK, asked)
        keys = _keys(done)
        call = person.repository.call
        opened = [(one, _opened(call, one, keys)) for one in stored.listed(call, camera, first, last)]
    found = [(record, data) for record, data in opened if data is not None]
    gone = len(opened) - len(found)
    if not found:
        raise Refused("there is no footage of this camera and time: it was not recording, or its retention is over")
    files.write(out, segments.join([(record.start, data) for record, data in found]))
    frames = sum(record.frames for record, _ in found)
    facts: dict[str, Json] = {
        "out": str(out),
        "segments": len(found),
        "gone": gone,
        "frames": frames,
        "covered_whole": sum(record.covered_whole for record, _ in found),
        "start": found[0][0].start,
        "end": found[-1][0].end,
        "entry": done["entry"],
    }
    rest = f", {gone} segments are gone" if gone else ""
    answer(facts, f"{frames} frames in {out}{rest} (entry {done['entry']})", as_json=as_json)


def _keys(done: dict[str, Json]) -> dict[int, bytes]:
    keys = done.get("keys")
    if not isinstance(keys, dict):
        raise Malformed("the custodian's answer lacks the keys: run the same version on both sides")
    return {int(hour): bytes.fromhex(str(value)) for hour, value in keys.items()}


def _opened(call: Call, record: SegmentRecord, keys: dict[int, bytes]) -> bytes | None:
    """The segment's video, or None if it, or its hour's key, is gone. Raises Tampered."""
    key = keys.get(record.hour)
    if key is None:
        return None
    try:
        data = stored.fetched(call, record)
    except (Malformed, Refused):
        return None
    return stored.opened(record, key, data)
