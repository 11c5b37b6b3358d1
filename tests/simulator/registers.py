"""A register as a custodian would sign it after some months, and its folder."""

from countenance.crypto import sign
from countenance.crypto.sign import SigningKey
from countenance.formats import records
from countenance.log import counted
from countenance.log.checkpoint import write_note
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import ApprovalOrigin, Genesis
from countenance.vocabulary.register import Listed, Register, Ruling
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.surveyed import Reported, Results
from countenance.warrants.built_in import BUILT_IN
from countenance.web.register import folder
from simulator import surveyed
from simulator.people import DEPLOYMENT, POLICY
from unit.log.months import BEGUN, NAMED, OTHER, log, starts

KEY = SigningKey.from_bytes(bytes(range(32)))
GENESIS = Genesis(
    deployment=DEPLOYMENT,
    made=BEGUN,
    demo=False,
    assurance=Assurance.SEPARATED,
    quorum=2,
    custodian_key=bytes(32),
    log_key=KEY.public,
    log_origin=f"countenance/{DEPLOYMENT}",
    auditors_key=bytes(32),
    portal=ApprovalOrigin("portal.localhost", "http://portal.localhost:8800", ()),
)
ACTS = {
    **{(month, "searches", NAMED[1], False): number for month, number in enumerate((9, 2, 2, 14, 21, 1))},
    **{(month, "searches", NAMED[1], True): number for month, number in enumerate((6, 0, 0, 1, 7, 0))},
    **{(month, "confirmed", NAMED[1], False): number for month, number in enumerate((5, 0, 1, 8, 12, 1))},
    **{(month, "unconfirmed", NAMED[1], False): number for month, number in enumerate((7, 1, 0, 6, 5, 0))},
    **{(month, "searches", NAMED[0], False): number for month, number in enumerate((1, 0, 0, 1, 0, 1))},
    **{(month, "searches", OTHER, False): number for month, number in enumerate((6, 5, 0, 0, 130, 8))},
    **{(month, "declined", NAMED[1], False): number for month, number in enumerate((2, 3, 1, 0, 6, 0))},
    **{(month, "refused", "", False): number for month, number in enumerate((31, 12, 8, 9, 4, 7))},
    **{(month, "asked", "", False): number for month, number in enumerate((0, 3, 1, 5, 8, 6))},
}


def cameras() -> tuple[Listed, ...]:
    hall = Camera(
        *("hall-1", "host-1", "Central station, hall 2, above the east stairs"),
        *(
            "Finding missing persons and people in danger",
            "Transport Act section 12; GDPR Art. 6(1)(e)",
            "DPIA-2026-03",
        ),
        *("Cameras record here. Faces are covered in what is stored. Ask at the information desk.", 72, False),
    )
    yard = Camera(
        "yard", "host-2", "Bus yard", "Safety of staff", "GDPR Art. 6(1)(f)", "DPIA-2026-04", "Yard.", 24, True
    )
    return Listed(hall, BEGUN, 0, 0), Listed(yard, BEGUN, starts(4)[4], 16)


def register(*, demo: bool = False) -> Register:
    moment = starts(6)[6] + 900_000
    return Register(
        deployment=DEPLOYMENT,
        genesis=records.digest(GENESIS),
        demo=demo,
        assurance=Assurance.SEPARATED,
        witnesses=("press.example/w1",),
        made=moment,
        last="2026-06",
        cameras=cameras(),
        policies=(Ruling(bytes(32), "", BEGUN, 0), Ruling(POLICY.hash, POLICY.text, starts(1)[1], 32)),
        calibrations=(BUILT_IN,),
        series=counted.series(log(ACTS), moment, door=True),
        checkpoint=write_note(GENESIS.log_origin, 4096, bytes(32), KEY),
        surveys=(published(surveyed.results()),),
    )


def published(results: Results) -> Reported:
    return Reported(records.digest(results), (results,), "operator-1", starts(5)[5], 48)


def signed(record: object) -> Signed:
    return sign.signed(record, GENESIS.log_origin, KEY)


def files(**said: str) -> dict[str, bytes]:
    words = {"controller": "City of Example", "contact": "privacy@transport.example"} | said
    return folder.made(signed(register()), GENESIS, **words)
