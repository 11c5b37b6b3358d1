"""A photo that a person brings: to the probe helper, and what the helper says of it."""

import hashlib
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


def brought(deployment: Path, path: Path, name: str, *, most: int, standing: str = "") -> Brought:
    """The photo at `path`, extracted for warrant, reference or decoy `name`; what could be better goes to stderr.

    `standing`: "gallery" or "decoy" for what stays and has to be a good photo. Raises what the helper raises, Malformed
    or Unavailable for no photo, Tampered if the helper answered for another.
    """
    picture = contents(path, most=most, what=f"a photo of at most {most // 1024**2} MiB")
    body: dict[str, Json] = {"warrant": name} | ({standing: True} if standing else {})
    with ask.connection(deployment, "probe") as helper:
        try:
            found = helper.call("extract", body, (picture,))
        except (Refused, Malformed) as error:
            raise type(error)(f"{path.name[:80]}: {error}") from error
    probe = records.read(Probe, canonical.write(found.body.get("probe")))
    if len(found.blobs) != 3:
        raise Malformed("the probe helper's answer lacks a part: run the same version on both sides")
    if probe.image_digest != hashlib.sha256(picture).digest():
        raise Tampered("the probe helper answered for another photo; try again")
    listed = found.body.get("reasons")
    reasons = tuple(str(one) for one in listed) if isinstance(listed, list) else ()
    for said in reasons:
        typer.echo("".join(letter for letter in f"{path.name[:80]}: {said}" if letter.isprintable()), err=True)
    return Brought(probe, found.blobs, found.body.get("quality"), reasons)
