"""A portal that serves surveys on a real port, with a custodian behind it, and an issuer beside it, for browsers."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from countenance.cli.demo.opening import _free_origin
from countenance.survey import inviting, waves
from countenance.survey.receiving import Receiver
from countenance.survey.waves import Opened
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.web.issuer import application as issuer
from countenance.web.portal import application as portal
from countenance.web.portal import program
from countenance.web.portal.configuration import PortalSettings
from countenance.web.portal.house import Beside
from countenance.zones.custodian.approval_page import serving
from simulator.door import Door
from simulator.surveys import DAY

SETTINGS = PortalSettings(controller="City of Example", desk="Central station, hall 2")


@dataclass
class Asking:
    """`folder`: a deployment's; `portal`, `issuing`: origins; `issuer`: its folder."""

    folder: Path
    portal: str
    issuing: str
    issuer: Path

    def begin(self, text: str, public: bytes = b"") -> Opened:
        """Open the next wave of a questionnaire."""
        name = next(line for line in text.splitlines() if line.startswith("survey: ")).removeprefix("survey: ")
        issuing = self.issuing if public else ""
        return waves.begin(
            self.folder / "survey" / name,
            text.encode(),
            day=DAY,
            issuer=public,
            issuing=issuing,
            program=program.digest(),
        )


@contextmanager
def asking(folder: Path, door: Door, invitations: int) -> Iterator[tuple[Asking, bytes, list[str]]]:
    """Both, until the end; the issuer's public key and codes."""
    made = Asking(
        folder, _free_origin("http://portal.localhost"), _free_origin("http://issuer.localhost"), folder / "issuer"
    )
    public, codes = inviting.found(made.issuer, invitations)
    genesis = replace(door.zone.genesis, portal=ApprovalOrigin("portal.localhost", made.portal, ()))
    shown = portal.application(
        genesis,
        door.call,
        SETTINGS,
        clock=door.zone.clock,
        random=secrets.token_bytes,
        beside=Beside(Receiver(folder / "survey", lambda: DAY)),
    )
    stop = threading.Event()
    with inviting.issuing(made.issuer) as signer:
        signs = issuer.application(signer, origin=made.issuing, portal=made.portal)
        served = [
            threading.Thread(target=partial(serving.serve, app, None, serving.port_of(origin), stop))
            for app, origin in ((shown, made.portal), (signs, made.issuing))
        ]
        for one in served:
            one.start()
        try:
            yield made, public, list(codes)
        finally:
            stop.set()
            for one in served:
                one.join()
