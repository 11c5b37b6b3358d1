"""The probe helper's process: `python -m countenance.cli.run_probe --deployment DIR`; `countenance run` starts it.

An edge of its own (`edge/probe`), without a camera. SIGTERM and SIGINT end it after the answers under way.
"""

import argparse
import logging
import os
import secrets
import signal
import sys
import threading
from functools import partial
from pathlib import Path

from countenance.channel.server import Server
from countenance.errors import CountenanceError
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor
from countenance.zones.edge import agent, identity, standing
from countenance.zones.edge.probe import ProbeHelper


def main() -> int:
    """Serve until told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="countenance.cli.run_probe")
    parser.add_argument("--deployment", type=Path, default=Path(os.environ.get("COUNTENANCE_DIR", ".")))
    deployment: Path = parser.parse_args().deployment.resolve()
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    log = logging.getLogger("countenance.probe").info
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        detector, extractor = agent.cards(deployment)
        helper = ProbeHelper(
            agent.genesis(deployment),
            identity.load(deployment, identity.PROBE),
            Detector(detector),
            Extractor(extractor),
            random=secrets.token_bytes,
            gallery=partial(standing.genesis, deployment),
        )
        Server(deployment / "sockets" / "probe", {"extract": helper.extract}, log=log).serve_forever(stop)
    except CountenanceError as error:
        log(f"{error.name}: {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
