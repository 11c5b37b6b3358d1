"""`countenance review WARRANT CANDIDATE [--verdict …]`: look at one candidate, then say what you see.

Without a verdict: still and probe photo side by side in a file beside your key, for you alone. With one: the verdict is
recorded, for good, and the file destroyed.
"""

import hashlib
import io
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image, ImageOps

from countenance.cli import ask
from countenance.cli.ask import Acting, KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.crypto import segment
from countenance.durable import files
from countenance.errors import Malformed, Tampered
from countenance.formats import patches
from countenance.formats.canonical import Json
from countenance.formats.patches import Piece
from countenance.vocabulary.acts import Candidacy, Review, Verb
from countenance.vocabulary.warrants import Verdict

HEIGHT = 480
"""Pixels of each picture's height, side by side."""

GAP = 16


def review(
    warrant: Annotated[str, typer.Argument(help="the warrant's id")],
    candidate: Annotated[str, typer.Argument(help="a sighting that a search returned")],
    key: KeyFile,
    verdict: Annotated[Verdict | None, typer.Option(help="what you say, blind to other reviewers")] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Look at a candidate, or, with --verdict, give your verdict on it. Both are entries; a verdict is final."""
    picture = key.parent / f"{key.stem}.{candidate}.png"
    with ask.acting(deployment, key) as person:
        number = ask.standing(person, warrant).number
        if verdict is None:
            sheet, done = looked(person, Candidacy(warrant, number, candidate))
            files.write(picture, sheet)
            done["picture"] = str(picture)
            said = f"still (left) and probe photo (right): {picture}\nSay same only if you would without the machine."
        else:
            done = person.asker.ask(Verb.REVIEW, Review(warrant, number, candidate, verdict))
            if picture.exists():
                files.destroy(picture)
            said = f"recorded; {done['outcome'] or 'the outcome is known when all verdicts are in'}"
    answer(done, said, as_json=as_json)


def looked(person: Acting, asked: Candidacy) -> tuple[bytes, dict[str, Json]]:
    """Still and probe photo side by side, PNG, and where and when the still was taken. Looking is an entry.

    Raises what the custodian raises, Tampered if a picture is not the one that was signed.
    """
    given = person.asker.ask(Verb.CANDIDATE, asked, warrant=asked.warrant, number=asked.number)
    still_key, still_digest, photo_key, photo_digest = (
        bytes.fromhex(str(given[name])) for name in ("still_key", "still_digest", "photo_key", "photo_digest")
    )
    sealed = person.repository.call("object", {"sighting": asked.sighting, "part": "still"}).blobs
    if len(sealed) != 1 or hashlib.sha256(sealed[0]).digest() != still_digest:
        raise Tampered("the still is not what the edge signed: restore the repository's objects")
    still = patches.read_still(segment.decrypt(still_key, sealed[0]))
    photo = ask.photo(person, asked.warrant, photo_key, photo_digest)
    box: list[Json] = [still.x, still.y, still.width, still.height]
    return side_by_side(still, photo), {"moment": still.moment, "box": box, "entry": given["entry"]}


def side_by_side(still: Piece, photo: bytes) -> bytes:
    """One PNG, the still on the left. Raises Malformed for bytes that are no picture."""
    left, right = _scaled(still.jpeg), _scaled(photo)
    sheet = Image.new("RGB", (left.width + GAP + right.width, HEIGHT), "white")
    sheet.paste(left, (0, 0))
    sheet.paste(right, (left.width + GAP, 0))
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _scaled(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise Malformed("this picture cannot be shown: ask for the original") from error
    return upright.resize((max(1, round(upright.width * HEIGHT / upright.height)), HEIGHT), Image.Resampling.LANCZOS)
