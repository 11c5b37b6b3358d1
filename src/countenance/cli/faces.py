"""`countenance faces detect|extract|compare|quality`: the biometric engine on pictures, without a deployment.

Exit codes: 0 done, or the comparison score reaches the threshold; 1 it does not; 2 bad input, no face included. A
template is biometric data: it is printed only with `--json`, and written to a file of mode 0600 only with `--out`.
"""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import PIL.Image
import typer
from PIL import ImageDraw
from rich.console import Console
from rich.table import Table

from countenance import faces as library
from countenance.cli.say import AsJson, undeployed
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.faces import written
from countenance.faces.quality import PROBE, REFERENCE, Floor, required
from countenance.formats import canonical

faces = typer.Typer(no_args_is_help=True, add_completion=False, help="The biometric engine on pictures.")

PictureFile = Annotated[Path, typer.Argument(help="JPEG, PNG, WebP, TIFF, …", metavar="PICTURE")]
Cards = Annotated[
    list[Path] | None, typer.Option("--card", help="model card (TOML) of your own detector or extractor; repeatable")
]
Score = Annotated[float | None, typer.Option("--threshold", help="detection score from 0 to 1; default: the card's")]
_NUMBERS = ("value", "size", "sharpness", "illumination", "pose", "occlusion", "detection")
Which = Annotated[
    int, typer.Option("--face", help="which face, counted from 1 in the order of detect; 0: the only one")
]


@faces.command()
@undeployed
def detect(
    picture: PictureFile,
    threshold: Score = None,
    out: Annotated[Path | None, typer.Option(help="also draw the boxes into a copy of the picture")] = None,
    card: Cards = None,
    as_json: AsJson = False,
) -> None:
    """Find all faces; none is an answer too."""
    image = library.load(picture)
    cards = [one for one in map(library.read_card, card or []) if isinstance(one, library.DetectorCard)]
    found = library.detect(image, threshold=_share(threshold), card=cards[0] if cards else None)
    if out is not None:
        _draw(image, found, out)
    if as_json:
        size = {"width": image.shape[1], "height": image.shape[0]}
        typer.echo(json.dumps({**size, "faces": [_face(face) for face in found]}))
        return
    table = Table("face", "score", "x", "y", "width", "height")
    for number, face in enumerate(found, 1):
        box = face.box
        row = (f"{face.score:.2f}", *(f"{value:.0f}" for value in (box.x, box.y, box.width, box.height)))
        table.add_row(str(number), *row)
    _print(table if found else "no face found")


@faces.command()
@undeployed
def extract(
    picture: PictureFile,
    face: Which = 0,
    out: Annotated[Path | None, typer.Option(help="write the template to this file (mode 0600)")] = None,
    card: Cards = None,
    as_json: AsJson = False,
) -> None:
    """Make the template of one face. It is printed with --json only."""
    engine, image = _engine(card), library.load(picture)
    chosen = _chosen(engine, image, face)
    template, found = engine.extract(image, chosen), engine.quality(image, chosen)
    plain = written.plain(template)
    if out is not None:
        files.write(out, canonical.write(plain))
    if as_json:
        typer.echo(json.dumps({**plain, "face": _face(chosen), "quality": _quality(found)}))
        return
    facts = f"{template.dimension} components, extractor {template.extractor.hex()[:16]}, quality {found.value} of 100"
    _print(f"template made: {facts}" + (f"; written to {out}" if out else "; --out FILE keeps it"))
    for said in library.reasons(found):
        _print(f"  {said}")


@faces.command()
@undeployed
def compare(
    first: Annotated[Path, typer.Argument(help="a picture with one face, or a template file of extract --out")],
    second: Annotated[Path, typer.Argument(help="likewise")],
    threshold: Annotated[float | None, typer.Option(help="comparison score, -1 to 1; default: the card's")] = None,
    card: Cards = None,
    as_json: AsJson = False,
) -> None:
    """Compare two faces, 1:1. Exit 0: the score reaches the threshold; 1: it does not."""
    engine = _engine(card)
    limit = engine.extractor.card.verification if threshold is None else threshold
    if not -1.0 <= limit <= 1.0:
        raise Malformed("the threshold of a comparison score must be from -1 to 1")
    score = library.compare(_template(engine, first), _template(engine, second))
    match = score >= limit
    if as_json:
        typer.echo(json.dumps({"score": round(score, 4), "threshold": limit, "match": match}))
    else:
        word = "match" if match else "non-match"
        _print(f"{word}: comparison score {score:.3f}, threshold {limit:.3f} (a cosine, not a probability)")
    raise typer.Exit(0 if match else 1)


@faces.command()
@undeployed
def quality(
    picture: PictureFile,
    face: Which = 0,
    card: Cards = None,
    as_json: AsJson = False,
) -> None:
    """Say how useful a face is for comparison, what takes from it, and whether it would be taken."""
    engine, image = _engine(card), library.load(picture)
    found = engine.quality(image, _chosen(engine, image, face))
    if as_json:
        typer.echo(json.dumps(_quality(found)))
        return
    table = Table("component", "0 to 100", "")
    for name in _NUMBERS:
        value: int | None = getattr(found, name)
        table.add_row(name, "not judged" if value is None else str(value), "█" * round((value or 0) / 5))
    _print(table)
    for said in library.reasons(found):
        _print(said)
    for purpose, least in (("a gallery's reference", REFERENCE), ("a warrant's probe", PROBE)):
        _print(f"as {purpose}: {'taken' if _taken(found, least) else 'refused'}")


def _engine(cards: Sequence[Path] | None) -> library.Engine:
    return library.Engine(*(library.read_card(path) for path in cards or []))


def _share(threshold: float | None) -> float | None:
    if threshold is not None and not 0.0 <= threshold <= 1.0:
        raise Malformed("the threshold of a detection score must be from 0 to 1")
    return threshold


def _chosen(engine: library.Engine, image: library.Image, number: int) -> library.Face:
    """Face `number` of `detect`, or the only one the picture is of. Raises Malformed."""
    if number == 0:
        return engine.subject(image)
    found = engine.detect(image)
    if not 0 < number <= len(found):
        raise Malformed(f"there is no face {number}: detect finds {len(found)} in this picture")
    return found[number - 1]


def _template(engine: library.Engine, path: Path) -> library.Template:
    """The template in a file that extract wrote, or of the only face in a picture."""
    if path.suffix.lower() != ".json":
        return engine.extract(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Malformed(f"the template file '{path}' cannot be read: check the path") from error
    return written.read(data)


def _face(face: library.Face) -> dict[str, object]:
    box = face.box
    return {
        "box": {name: round(getattr(box, name), 2) for name in ("x", "y", "width", "height")},
        "landmarks": [[round(x, 2), round(y, 2)] for x, y in face.landmarks],
        "score": round(face.score, 4),
    }


def _quality(found: library.Quality) -> dict[str, object]:
    return {
        **{name: getattr(found, name) for name in (*_NUMBERS, "eyes")},
        "reasons": list(library.reasons(found)),
        "reference": _taken(found, REFERENCE),
        "probe": _taken(found, PROBE),
    }


def _taken(found: library.Quality, least: Floor) -> bool:
    try:
        required(found, least)
    except Refused:
        return False
    return True


def _draw(image: library.Image, found: Sequence[library.Face], out: Path) -> None:
    picture = PIL.Image.fromarray(image)
    canvas, line = ImageDraw.Draw(picture), max(1, max(image.shape) // 400)
    for number, face in enumerate(found, 1):
        box = face.box
        canvas.rectangle((box.x, box.y, box.x + box.width, box.y + box.height), outline=(0, 255, 128), width=line)
        canvas.text((box.x + 2 * line, box.y + 2 * line), str(number), fill=(0, 255, 128), font_size=10 * line)
        for x, y in face.landmarks:
            canvas.ellipse((x - line, y - line, x + line, y + line), fill=(255, 64, 64))
    kind = PIL.Image.registered_extensions().get(out.suffix.lower())
    if kind not in ("JPEG", "PNG", "WEBP", "TIFF", "BMP"):
        raise Malformed("--out must end in .jpg, .png, .webp, .tiff or .bmp")
    data = io.BytesIO()
    picture.save(data, kind)
    files.write(out, data.getvalue())


def _print(what: Table | str) -> None:
    Console(soft_wrap=True).print(what, highlight=False, markup=False)
