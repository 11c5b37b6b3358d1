"""`countenance calibration …`: how often strangers reach a threshold, who counted it, and what stands."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask, gallery_asks, stating
from countenance.cli.ask import KeyFile
from countenance.cli.custodian import AtGallery, zone_of
from countenance.cli.custodian import ask as at_terminal
from countenance.cli.say import AsJson, Deployment, answer, contents
from countenance.errors import Malformed, Refused
from countenance.faces import card as cards
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import BareThreshold, Verb
from countenance.vocabulary.calibration import BILLION, Calibration
from countenance.vocabulary.moments import Hour, written
from countenance.warrants import calibration_words as words
from countenance.warrants import threshold as thresholds
from countenance.warrants.built_in import BUILT_IN
from countenance.warrants.threshold import ONE_IN

calibration = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="How often strangers reach a threshold: list, show, set, measure, withdraw, sign for a bare one.",
)

Time = "2026-11-22T09:30Z, 09:30 (today, UTC), or an offset from now such as -72h"
LARGEST = 64 * 1024
_ROWS = (100, 1_000, 5_000, 20_000)

Extractor = Annotated[str, typer.Option("--extractor", help="its digest in hex; else the deployment's own")]


@calibration.command(name="list")
def list_(gallery: AtGallery = False, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show the calibrations that stand, the built-in one last."""
    found = at_terminal(deployment, "calibration.list", zone=zone_of(gallery=gallery))
    known = [*reversed(_read_all(found)), BUILT_IN]
    lines = [f"{_hash(one)[:12]}  extractor {one.extractor.hex()[:12]}  {words.origin(one)}" for one in known]
    told: list[Json] = [{"calibration": _hash(one), **_plain(one)} for one in known]
    lines += _counting(found)
    facts: dict[str, Json] = {name: found.get(name, {}) for name in ("measuring", "measured")}
    answer({"calibrations": told, **facts}, "\n".join(lines), as_json=as_json)


@calibration.command()
def show(
    which: Annotated[str, typer.Argument(metavar="[HASH|FILE]", help="how its hash begins; else the built-in")] = "",
    rows: Annotated[list[int] | None, typer.Option(min=1, help="rows of a search; repeat it")] = None,
    one_in: Annotated[int, typer.Option(help="at most one false candidate in so many searches")] = ONE_IN,
    gallery: AtGallery = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Say in words what a calibration says, and what searches of some sizes would use."""
    thresholds.check_one_in(one_in or -1)
    found = _one(which, deployment, zone_of(gallery=gallery))
    lines = [
        words.origin(found),
        f"  extractor {found.extractor.hex()}",
        *(f"  {words.rate(one)}" for one in found.points),
        *(f"  {words.reach((found,), count, one_in)}" for count in rows or _ROWS),
        f"  SHA-256 {_hash(found)}",
    ]
    answer({"calibration": _hash(found), **_plain(found)}, "\n".join(lines), as_json=as_json)


@calibration.command(name="set")
def set_(
    file: Annotated[Path, typer.Argument(help="what 'countenance evaluate calibrate --out' wrote")],
    camera: Annotated[list[str] | None, typer.Option(help="only for this camera; repeat it")] = None,
    group: Annotated[str, typer.Option("--name", help="what you call these cameras")] = "",
    gallery: AtGallery = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Make an evaluation's calibration stand, at the custodian's terminal: an entry with all its figures."""
    found = _read(file)
    if camera or group:
        found = replace(found, group=group, cameras=tuple(sorted(set(camera or ()))))
    text = records.write(found).decode()
    done = at_terminal(deployment, "calibration.set", {"text": text}, zone=zone_of(gallery=gallery))
    answer(done, f"stands (entry {done['entry']}): {words.origin(found)}", as_json=as_json)


@calibration.command()
def measure(
    *,
    group: Annotated[str, typer.Option("--name", help="what you call these cameras: letters, digits, hyphens")],
    camera: Annotated[list[str], typer.Option(help="a camera of the group; repeat it")],
    start: Annotated[str, typer.Option("--from", help=f"from when; whole hours: {Time}")],
    end: Annotated[str, typer.Option("--to", help="until when, its hour included; it is over")],
    extractor: Extractor = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Count how often this site's strangers reach a threshold: pairs whom one camera saw at the same time.

    The custodian says nothing but counts, once in seven days a camera and never twice of one hour.
    """
    now = ask.now()
    first, last = ask.moment(start, of=now), ask.moment(end, of=now)
    ask.ordered(first, last)
    body: dict[str, Json] = {
        "group": group,
        "cameras": list[Json](sorted(set(camera))),
        "first": Hour.of(first).number,
        "last": Hour.of(last).number,
        "extractor": _extractor(extractor, deployment).hex(),
    }
    done = at_terminal(deployment, "calibration.measure", body)
    told = (
        f"{done['sheets']} sheets are counted (entry {done['entry']}): 'countenance calibration list' shows what came"
    )
    answer(done, told, as_json=as_json)


@calibration.command()
def withdraw(
    which: Annotated[str, typer.Argument(metavar="HASH", help="its hash, or how it begins")],
    gallery: AtGallery = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """End a calibration: what stood before it for those cameras stands again, if anything does."""
    done = at_terminal(deployment, "calibration.withdraw", {"calibration": which}, zone=zone_of(gallery=gallery))
    answer(done, f"calibration {which[:12]} stands no more (entry {done['entry']})", as_json=as_json)


@calibration.command()
def bare(
    *,
    threshold: Annotated[int, typer.Option(min=1, max=1000, help="comparison score, in thousandths")],
    one_in: Annotated[
        int, typer.Option(min=500, max=BILLION, help="you sign: at most one stranger in so many reaches it")
    ],
    reason: Annotated[str, typer.Option(help="how you know; it is told wherever the threshold is")],
    key: KeyFile,
    camera: Annotated[list[str] | None, typer.Option(help="only this camera; repeat it")] = None,
    group: Annotated[str, typer.Option("--name", help="what you call these cameras")] = "",
    extractor: Extractor = "",
    gallery: AtGallery = False,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Sign for a bare threshold, as an operator. It counts only where nobody has counted anything, and is told so."""
    word = BareThreshold(
        extractor=_extractor(extractor, deployment),
        group=group,
        cameras=tuple(sorted(set(camera or ()))),
        threshold=threshold,
        one_in=one_in,
        reason=reason,
    )
    with gallery_asks.acting(deployment, key) if gallery else ask.acting(deployment, key) as person:
        done = person.asker.ask(Verb.SIGN_THRESHOLD, word)
    told = (
        f"you signed for {threshold / 1000:.3f} (entry {done['entry']}); where figures were counted they go before it"
    )
    answer(done, told, as_json=as_json)


def _counting(found: Mapping[str, Json]) -> list[str]:
    """What is being counted, and what came of the newest count that gave nothing."""
    running, ended, lines = found.get("measuring"), found.get("measured"), []
    if isinstance(running, Mapping) and running:
        lines.append(f"group {running.get('group')} is being counted: {running.get('sheets')} sheets are left")
    if isinstance(ended, Mapping) and isinstance(made := ended.get("made"), int):
        lines.append(f"{written(made)}: a count of group {ended.get('group')} came to nothing: {ended.get('outcome')}")
    return lines


def _known(deployment: Path, zone: str) -> list[Calibration]:
    return _read_all(at_terminal(deployment, "calibration.list", zone=zone))


def _read_all(found: Mapping[str, Json]) -> list[Calibration]:
    listed = found.get("calibrations")
    if not isinstance(listed, list):
        raise Malformed("the custodian's answer lacks a part: run the same version on both sides")
    return [stating.read(one.get("text")) for one in listed if isinstance(one, dict)]


def _one(which: str, deployment: Path, zone: str) -> Calibration:
    if not which or _hash(BUILT_IN).startswith(which):
        return BUILT_IN
    if Path(which).is_file():
        return _read(Path(which))
    found = [one for one in _known(deployment, zone) if _hash(one).startswith(which)]
    if len(found) != 1:
        raise Refused("no calibration of this hash stands here, or several: 'countenance calibration list'")
    return found[0]


def _read(file: Path) -> Calibration:
    try:
        found = records.read(Calibration, contents(file, most=LARGEST, what="a calibration's file").rstrip(b"\n"))
        thresholds.check(found)
    except Malformed as error:
        raise Malformed(
            f"'{file.name[:80]}' holds no calibration ({error}): name what 'countenance evaluate calibrate --out' wrote"
        ) from error
    return found


def _extractor(given: str, deployment: Path) -> bytes:
    if not given:
        return cards.own_extractor(cards.place(deployment)).digest
    try:
        return bytes.fromhex(given)
    except ValueError as error:
        raise Malformed("an extractor's digest is 64 hex digits: 'countenance faces extract' names it") from error


def _hash(one: Calibration) -> str:
    return records.digest(one).hex()


def _plain(one: Calibration) -> dict[str, Json]:
    plain = records.plain(one)
    return dict(plain) if isinstance(plain, dict) else {}
