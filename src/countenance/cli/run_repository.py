"""The repository's process: `python -m countenance.cli.run_repository --deployment DIR`; `countenance run` starts it.

Loads no decoder and no neural runtime. SIGTERM and SIGINT end it after the answers under way.
"""

import argparse
import logging
import os
import secrets
import signal
import sys
import threading
import time
from pathlib import Path

from countenance import settings
from countenance.cli import open_files
from countenance.errors import CountenanceError
from countenance.zones.repository import service
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.custodian import Dialled

MOST_FILES = 16_384
"""Every sheet that is mapped between searches is one."""


def main() -> int:
    """Serve until told to stop; the exit code."""
    parser = argparse.ArgumentParser(prog="countenance.cli.run_repository")
    parser.add_argument("--deployment", type=Path, default=Path(os.environ.get("COUNTENANCE_DIR", ".")))
    deployment: Path = parser.parse_args().deployment.resolve()
    os.umask(0o077)
    open_files.allow(MOST_FILES)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(name)s %(message)s")
    log = logging.getLogger("countenance.repository").info
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        chosen = settings.section(RepositorySettings, "repository", deployment, os.environ)
        custodian = Dialled(deployment / "sockets" / "custodian")
        with service.opened(
            deployment / "repository",
            chosen,
            custodian,
            clock=lambda: time.time_ns() // 1_000_000,
            random=secrets.token_bytes,
            log=log,
        ) as repository:
            service.serve(repository, chosen, deployment / "sockets" / "repository", stop)
    except CountenanceError as error:
        log(f"{error.name}: {error}")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
