"""The evidence process: `python -m countenance.cli.run_evidence serve --deployment DIR`; `countenance run` starts it.

It has no key and no data of its own. SIGTERM and SIGINT end it and the disclosures under way, which the custodian then
logs as of unknown outcome.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from countenance.errors import CountenanceError
from countenance.evidence.process import Listener


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
        Listener(sockets / "evidence", sockets / "repository", log).serve_forever(stop)
    except CountenanceError as error:
        log(f"{error.name}: {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
