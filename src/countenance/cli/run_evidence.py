"""The evidence process: `python -m countenance.cli.run_evidence serve --deployment DIR`; `countenance run` starts it.

It has no key and no data of its own. SIGTERM and SIGINT end it and the disclosures under way, which the custodian then
logs as of unknown outcome. Its children can write no file, so the networks are brought into the cache here, by a child
that has no key either.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from countenance.errors import CountenanceError
from countenance.evidence.process import Listener
from countenance.faces import card, weights


def main() -> int:
    """Serve until told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="countenance.cli.run_evidence")
    parser.add_argument("act", nargs="?", choices=["serve"], default="serve")
    parser.add_argument("--deployment", type=Path, default=Path(os.environ.get("COUNTENANCE_DIR", ".")))
    deployment: Path = parser.parse_args().deployment.resolve()
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    log = logging.getLogger("countenance.evidence").info
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    sockets = deployment / "sockets"
    try:
        own = card.place(deployment)
        _prepared(own, log)
        Listener(sockets / "evidence", sockets / "repository", log, own=own).serve_forever(stop)
    except CountenanceError as error:
        log(f"{error.name}: {error}")
        return error.exit_code
    return 0


def _prepared(own: Path, log: Callable[[str], None]) -> None:
    """Have detector and extractor in the cache; what is missing is told, and only re-extraction needs it."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        for model in (card.built_in("yunet"), card.own_extractor(own)):
            weights.load(model)
    except (CountenanceError, OSError) as error:
        said = error if isinstance(error, CountenanceError) else type(error).__name__
        log(f"templates cannot be made anew by this process: {said}")
    finally:
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
