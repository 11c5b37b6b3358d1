"""Kept: templates of an earlier run, so that the same images are not extracted twice.

Invariant: a kept template is used only for the same bytes, models and release.

The file holds biometric data of everyone in the set and is readable by its owner alone. Who can write it can make an
evaluation say what they like.
"""

import io
import zipfile
from pathlib import Path

import numpy as np

from countenance.durable import files
from countenance.errors import Malformed
from countenance.vocabulary.evaluation import Acquired


class Kept:
    """Templates by the digest of their image; `path`: the file, or None to keep none. Raises Malformed.

    `makers`: a digest of all else that they depend on.
    """

    def __init__(self, path: Path | None, makers: bytes) -> None:
        self.makers = makers
        self.path = path
        self.held: dict[bytes, Acquired] = {}
        if path is not None and path.exists():
            self._read(path)

    def add(self, digest: bytes, outcome: Acquired) -> None:
        """Keep what was acquired of the image with this digest."""
        if self.path is not None:
            self.held[digest] = outcome

    def write(self) -> None:
        """Write the file anew, if there is to be one."""
        if self.path is None or not self.held:
            return
        data = io.BytesIO()
        held = list(self.held.values())
        np.savez(
            data,
            makers=np.frombuffer(self.makers, np.uint8),
            images=np.array([list(digest) for digest in self.held], np.uint8),
            values=np.array([np.frombuffer(one.values, "<f4") for one in held], "<f4"),
            quality=np.array([one.quality for one in held], np.int16),
            aligned=np.array([one.aligned for one in held], np.bool_),
        )
        files.write(self.path, data.getvalue())

    def _read(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as stored:
                if stored["makers"].tobytes() != self.makers:
                    raise Malformed(
                        f"the templates in '{path.name}' were made with other model cards, or by another release: "
                        "name another file"
                    )
                columns = (stored["images"], stored["values"], stored["quality"], stored["aligned"])
                for image, values, quality, aligned in zip(*columns, strict=True):
                    held = Acquired(0, values.astype("<f4").tobytes(), int(quality), bool(aligned))
                    self.held[image.tobytes()] = held
        except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
            raise Malformed(
                f"'{path.name}' holds no templates of an earlier run: remove it, or name another"
            ) from error
