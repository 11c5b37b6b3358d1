"""Every way in which an assertion or a registration can be of something else, and the one in which it holds."""

from dataclasses import replace

import pytest

from countenance.crypto import assertion
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from simulator.authenticator import (
    APPROVAL,
    MAKER,
    MAY_BE_COPIED,
    MODEL,
    PRESENT,
    VERIFIED,
    Authenticator,
    Maker,
    enrolment,
)

BODY = b"what is signed"
OTHER = "https://console.localhost:8443"


def test_an_assertion_over_this_at_this_origin_holds() -> None:
    own = Authenticator()
    assert assertion.verify(own.sign(BODY), own.credential, APPROVAL, BODY) == 1
    assert assertion.verify(own.sign(BODY), own.credential, APPROVAL, BODY) == 2
    assert assertion.counter(own.sign(BODY)) == 3


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": OTHER},
        {"origin": "https://approve.localhost"},
        {"origin": "http://approve.localhost:8443"},
        {"rp_id": "localhost"},
        {"rp_id": "console.localhost"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"flags": 0},
        {"flags": PRESENT | VERIFIED | MAY_BE_COPIED},
        {"kind": "webauthn.create"},
        {"kind": "payment.get"},
        {"challenge": bytes(32)},
        {"crossOrigin": True},
        {"topOrigin": OTHER},
    ],
    ids=str,
)
def test_an_assertion_of_something_else_does_not(lie: dict) -> None:
    own = Authenticator()
    with pytest.raises(Tampered):
        assertion.verify(own.sign(BODY, **lie), own.credential, APPROVAL, BODY)


@pytest.mark.parametrize("part", ["credential", "authenticator_data", "client_data", "signature"])
@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\0", lambda _: b"", lambda _: b"{"])
def test_a_part_cut_added_or_gone_is_tampering(part: str, change: object) -> None:
    own = Authenticator()
    made = own.sign(BODY)
    with pytest.raises(Tampered):
        assertion.verify(replace(made, **{part: change(getattr(made, part))}), own.credential, APPROVAL, BODY)


def test_a_type_said_twice_is_tampering() -> None:
    own = Authenticator()
    made = own.sign(BODY)
    twice = made.client_data[:-1] + b', "type": "webauthn.get"}'
    with pytest.raises(Tampered, match="twice"):
        assertion.verify(replace(made, client_data=twice), own.credential, APPROVAL, BODY)


def test_another_credential_or_one_of_another_origin_does_not_count() -> None:
    own, other = Authenticator(), Authenticator()
    with pytest.raises(Tampered):
        assertion.verify(own.sign(BODY), other.credential, APPROVAL, BODY)
    with pytest.raises(Tampered):
        assertion.verify(own.sign(BODY), replace(own.credential, public_key=other.cose), APPROVAL, BODY)
    with pytest.raises(Tampered):
        assertion.verify(own.sign(BODY), replace(own.credential, origin=OTHER), APPROVAL, BODY)


def test_a_registration_gives_the_credential_and_says_who_vouched() -> None:
    own = Authenticator()
    made = own.register(enrolment("d", "judge"))
    found = assertion.attested(made, APPROVAL)
    assert found.credential == own.credential
    assert found.vouched == "CN=maker root"
    assert len(assertion.fingerprint(made)) == 24


def test_a_list_may_name_the_model_itself() -> None:
    made = Authenticator().register(enrolment("d", "judge"))
    listed = replace(APPROVAL, roots=(Maker("other").root, MAKER.certificate))
    assert assertion.attested(made, listed).vouched == "CN=maker model"


@pytest.mark.parametrize(
    ("lie", "kind"),
    [
        ({"origin": OTHER}, Tampered),
        ({"rp_id": "console.localhost"}, Tampered),
        ({"flags": PRESENT}, Tampered),
        ({"flags": VERIFIED}, Tampered),
        ({"flags": PRESENT | VERIFIED | MAY_BE_COPIED}, Refused),
        ({"chain": ()}, Refused),
        ({"chain": (MAKER.root,)}, Tampered),
        ({"model": bytes(16)}, Tampered),
        ({"topOrigin": OTHER}, Tampered),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_registration_that_may_not_be_enrolled(lie: dict, kind: type[CountenanceError]) -> None:
    with pytest.raises(kind):
        assertion.attested(Authenticator().register(enrolment("d", "judge"), **lie), APPROVAL)


def test_nobody_vouches() -> None:
    other = Authenticator(maker=Maker("other")).register(enrolment("d", "judge"))
    with pytest.raises(Refused, match="allow-list"):
        assertion.attested(other, APPROVAL)
    with pytest.raises(Refused, match="allow-list"):
        assertion.attested(Authenticator().register(enrolment("d", "judge")), replace(APPROVAL, roots=()))


def test_a_registration_for_somebody_else_or_cut() -> None:
    made = Authenticator().register(enrolment("d", "judge"))
    with pytest.raises(Tampered):
        assertion.attested(replace(made, enrolment=enrolment("d", "officer")), APPROVAL)
    for cut in (b"", made.attestation[:-1], made.attestation[:40], b"\xa0", bytes(65537)):
        with pytest.raises((Malformed, Tampered)):
            assertion.attested(replace(made, attestation=cut), APPROVAL)


@pytest.mark.parametrize("version", [b"\x36", b"\x00", b"\x7f"])
def test_a_certificate_of_a_version_that_there_is_not_is_no_internal_error(version: bytes) -> None:
    made = Authenticator().register(enrolment("d", "judge"))
    told = b"\xa0\x03\x02\x01"
    assert told + b"\x02" in made.attestation
    with pytest.raises((Malformed, Tampered)):
        assertion.attested(
            replace(made, attestation=made.attestation.replace(told + b"\x02", told + version)), APPROVAL
        )


def test_the_model_is_kept() -> None:
    assert assertion.attested(Authenticator().register(enrolment("d", "j")), APPROVAL).credential.aaguid == MODEL
