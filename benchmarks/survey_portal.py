"""The portal of `benchmarks/survey.py`: `python benchmarks/survey_portal.py FOLDER PORT`, on one core, until killed."""

import os
import secrets
import sys
import threading
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests")]

from countenance.channel.message import Message  # noqa: E402 - the simulator stands beside the tests
from countenance.errors import Unavailable  # noqa: E402
from countenance.survey import waves  # noqa: E402
from countenance.survey.receiving import Receiver  # noqa: E402
from countenance.vocabulary.deployment import ApprovalOrigin  # noqa: E402
from countenance.web.portal.application import application  # noqa: E402
from countenance.web.portal.configuration import PortalSettings  # noqa: E402
from countenance.web.portal.house import Beside  # noqa: E402
from countenance.zones.custodian.approval_page import serving  # noqa: E402
from countenance.zones.custodian.approval_page.patience import Limits  # noqa: E402
from simulator.zone import Zone  # noqa: E402


def served(folder: Path, port: int) -> None:
    """The portal as its process serves it, before a repository that is not there; until it is killed."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    zone = Zone(folder / "zone")
    zone.open()
    origin = f"http://portal.localhost:{port}"
    genesis = replace(zone.genesis, portal=ApprovalOrigin("portal.localhost", origin, ()))
    beside = Beside(Receiver(folder / "survey", waves.today))
    random = secrets.token_bytes
    shown = application(genesis, _nobody, PortalSettings(), clock=zone.clock, random=random, beside=beside)
    serving.serve(shown, None, port, threading.Event(), limits=Limits(most=512))


def _nobody(verb: str, _body: object, _blobs: object) -> Message:
    raise Unavailable(f"nobody is asked for {verb}")


if __name__ == "__main__":
    served(Path(sys.argv[1]), int(sys.argv[2]))
