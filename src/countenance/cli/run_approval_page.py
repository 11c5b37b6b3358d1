"""The approval origin's process: `python -m countenance.cli.run_approval_page --deployment DIR`.

`countenance run` starts it, under an account of its own where there is one. It holds its TLS key and a reply key that
it makes at every start, and talks to the repository's socket only. SIGTERM and SIGINT end it.
"""

import sys
import threading
from pathlib import Path

from countenance.cli import page_process
from countenance.vocabulary.deployment import Genesis
from countenance.zones.custodian.approval_page import page, serving
from countenance.zones.custodian.approval_page.application import application
from countenance.zones.custodian.approval_page.passing import Passing

NAME = "approve"
PATIENCE_SECONDS = 120.0


def serve(deployment: Path, genesis: Genesis, stop: threading.Event) -> None:
    """Serve the approval origin of `deployment`. Raises Unavailable if it cannot, Refused if there is none."""
    passing = Passing(genesis, page_process.calls(deployment / "sockets" / "repository", PATIENCE_SECONDS))
    shown = application(passing, page.assembled())
    page_process.log(NAME, f"approvals at {passing.origin.origin}")
    serving.serve(shown, deployment / "approve", serving.port_of(passing.origin.origin), stop)


if __name__ == "__main__":
    sys.exit(page_process.main(NAME, serve))
