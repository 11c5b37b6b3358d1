"""Model files: found by their card, checked, rewritten once into a cache, and opened for inference.

Invariants:

* What is rewritten has the SHA-256 its card states; what is opened has the SHA-256 noted when it was rewritten, and the
  bytes that were hashed are the bytes that are opened. A cache file that does not match is made again.
* The cache is written by atomic replacement: a crash or two processes at once leave a whole file.
* The package a model file comes in is read as data, never imported.

Who can write the cache can replace a network; so a cache that other users can write is refused.
"""

import hashlib
import os
import stat
from importlib import metadata
from pathlib import Path

import onnxruntime

from countenance.durable import files
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.faces.card import DetectorCard, ModelFile
from countenance.faces.pad_card import Card, PadCard

REWRITE = 2  # Counted up whenever `rewrite` changes what it writes, so that older cache files are not used.


def cache_directory(given: Path | None = None) -> Path:
    """Where rewritten models lie: `given`, else $COUNTENANCE_CACHE, else $XDG_CACHE_HOME or ~/.cache."""
    if given is not None:
        return given
    if own := os.environ.get("COUNTENANCE_CACHE"):
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "countenance"


def load(card: Card, *, cache: Path | None = None) -> bytes:
    """The rewritten model of `card`, from the cache or made now.

    Raises Unavailable if the package or file that holds the model is not there, Tampered if its hash is another,
    Malformed if it is no ONNX model, Refused if others can write the cache.
    """
    folder = _private(cache_directory(cache) / "models")
    task = "detector" if isinstance(card, DetectorCard) else "pad" if isinstance(card, PadCard) else "extractor"
    target = folder / f"{card.file.sha256}-{task}-{REWRITE}.onnx"
    note = target.with_suffix(".sha256")
    try:
        data = target.read_bytes()
        if hashlib.sha256(data).hexdigest() == note.read_text(encoding="ascii"):
            return data
    except FileNotFoundError:
        pass
    return _made(card, target, note)


def session(card: Card, *, threads: int, cache: Path | None = None) -> onnxruntime.InferenceSession:
    """An inference session on the CPU with `threads` threads. Raises what `load` raises, and Malformed."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    data = load(card, cache=cache)
    try:
        opened = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except (RuntimeError, ValueError) as error:
        raise Malformed(f"onnxruntime cannot run the model of the card '{card.name}': check the file") from error
    if len(opened.get_inputs()) != 1:
        raise Malformed(f"the model of the card '{card.name}' must have one input, the pixels")
    return opened


def _made(card: Card, target: Path, note: Path) -> bytes:
    # The `onnx` package takes long to load and is needed once in the life of a cache.
    from countenance.faces.rewrite import rewrite  # noqa: PLC0415

    data = rewrite(_source(card.file), any_size=isinstance(card, DetectorCard))
    files.write(target, data)
    files.write(note, hashlib.sha256(data).hexdigest().encode())
    return data


def _source(file: ModelFile) -> bytes:
    path = file.path
    if file.distribution:
        name, version = file.distribution.split("==")
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError as error:
            raise Unavailable(f"install {file.distribution}, the package that holds the model file") from error
        if package.version != version:
            raise Unavailable(f"install {file.distribution}: the installed version {package.version} may differ")
        path = Path(str(package.locate_file(str(file.path))))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unavailable(f"the model file '{file.path}' cannot be read: correct the card's 'file'") from error
    found = hashlib.sha256(data).hexdigest()
    if found != file.sha256:
        raise Tampered(f"the model file '{file.path.name}' has SHA-256 {found}, its card says {file.sha256}")
    return data


def _private(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except OSError as error:
        raise Unavailable(f"the cache '{folder}' cannot be made: set COUNTENANCE_CACHE to a writable folder") from error
    if found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Refused(f"others can write the cache '{folder}': set COUNTENANCE_CACHE to a folder of your own")
    return folder
