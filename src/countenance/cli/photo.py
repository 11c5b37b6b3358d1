"""A photo that a person brings: to the probe helper, and what the helper says of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from countenance.cli import ask
from countenance.cli.say import contents
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.warrants import Probe


@dataclass(frozen=True, slots=True, repr=False)
class Brought:
    """The helper's word on a photo, and `blobs`: sealed template, sealed photo key, the photo as ciphertext.

    `quality`: 0 to 100, or None from a helper that does not say; `reasons`: what would have been better.
    """

    probe: Probe
    blobs: tuple[bytes, ...]
    quality: Json
    reasons: tuple[str, ...]

    def facts(self) -> dict[str, Json]:
        """For an answer in JSON."""
        return {"quality": self.quality, "reasons": list(self.reasons)}


def brought(deployment: Path, paths: Path | Sequence[Path], name: str, *, most: int, standing: str = "") -> Brought:
    """The photo at `paths`, extracted for warrant, reference or decoy `name`; what could be better goes to stderr.

    Of several photos of one person the helper makes one sheet, which then is the photo. `standing`: "gallery" or
    "decoy" for what stays and has to be a good photo. Raises what the helper raises, Malformed or Unavailable for no
    photo, Tampered if the helper answered for another.
    """
    given = [paths] if isinstance(paths, Path) else list(paths)
    title = given[0].name[:80] if len(given) == 1 else f"{len(given)} photos"
    pictures = [contents(path, most=most, what=f"a photo of at most {most // 1024**2} MiB") for path in given]
    body: dict[str, Json] = {"warrant": name} | ({standing: True} if standing else {})
    with ask.connection(deployment, "probe") as helper:
        try:
            found = helper.call("extract", body, tuple(pictures))
        except (Refused, Malformed) as error:
            raise type(error)(f"{title}: {error}") from error
    probe = records.read(Probe, canonical.write(found.body.get("probe")))
    if len(found.blobs) != (3 if len(given) == 1 else 4):
        raise Malformed("the probe helper's answer lacks a part: run the same version on both sides")
    picture = pictures[0] if len(given) == 1 else found.blobs[3]
    if probe.image_digest != hashlib.sha256(picture).digest():
        raise Tampered("the probe helper answered for another photo; try again")
    listed = found.body.get("reasons")
    reasons = tuple(str(one) for one in listed) if isinstance(listed, list) else ()
    for said in reasons:
        typer.echo("".join(letter for letter in f"{title}: {said}" if letter.isprintable()), err=True)
    return Brought(probe, found.blobs[:3], found.body.get("quality"), reasons)
