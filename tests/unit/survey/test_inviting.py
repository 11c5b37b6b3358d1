"""The issuer: a code is good for one token, however often its holder has to ask for it."""

import secrets
from pathlib import Path

import pytest

from countenance.crypto import blind
from countenance.durable.journal import Journal
from countenance.errors import Malformed, Refused, Unavailable
from countenance.survey import inviting


def made(public: bytes) -> blind.Blinding:
    return blind.blind(secrets.token_bytes(32), public)


def test_whose_signature_was_lost_on_the_way_gets_the_same_again_and_nobody_another(tmp_path: Path) -> None:
    place = tmp_path / "issuer"
    public, (code, other) = inviting.found(place, 2)
    asked, second = made(public), made(public)
    with inviting.issuing(place) as signer:
        first = signer.sign(code, asked.blinded)
        kept = (place / inviting.USED).read_bytes()
        assert signer.sign(code.upper(), asked.blinded) == first
        for another in (code, "unknown"):
            with pytest.raises(Refused):
                signer.sign(another, second.blinded)
        # A blinded token is bound to the code that it was signed for, and spends no other.
        with pytest.raises(Malformed):
            signer.sign(other, bytes(384))
    with inviting.issuing(place) as signer:
        assert signer.sign(code, asked.blinded) == first
        with pytest.raises(Refused):
            signer.sign(code, second.blinded)
        assert (place / inviting.USED).read_bytes() == kept
        assert signer.sign(other, second.blinded)
    assert blind.finish(asked, first, public)


@pytest.mark.parametrize("persisted", [False, True], ids=["failed", "failed-but-persisted"])
def test_a_crash_while_it_is_written_down_costs_nobody_their_invitation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, persisted: bool
) -> None:
    place, real = tmp_path / "issuer", Journal.append
    public, (code,) = inviting.found(place, 1)
    asked = made(public)

    def failing(journal: Journal, data: bytes) -> int:
        if persisted:
            real(journal, data)
        raise Unavailable("full")

    with monkeypatch.context() as patch, inviting.issuing(place) as signer:
        patch.setattr(Journal, "append", failing)
        with pytest.raises(Unavailable):
            signer.sign(code, asked.blinded)
    with inviting.issuing(place) as signer:
        assert blind.finish(asked, signer.sign(code, asked.blinded), public)
        with pytest.raises(Refused):
            signer.sign(code, made(public).blinded)


def test_what_is_kept_of_a_code_is_two_hashes_and_no_token(tmp_path: Path) -> None:
    place = tmp_path / "issuer"
    public, (code,) = inviting.found(place, 1)
    asked = made(public)
    with inviting.issuing(place) as signer:
        for _ in range(3):
            signer.sign(code, asked.blinded)
    used = Journal(place / inviting.USED)
    assert [len(record) for record in used] == [64]
    used.close()
    kept = b"".join(path.read_bytes() for path in place.iterdir())
    for secret in (code.encode(), asked.blinded, asked.prepared):
        assert secret not in kept


def test_codes_that_an_earlier_version_took_stay_used(tmp_path: Path) -> None:
    place = tmp_path / "issuer"
    public, (code,) = inviting.found(place, 1)
    used = Journal(place / inviting.USED)
    used.append((place / inviting.CODES).read_bytes())
    used.close()
    with inviting.issuing(place) as signer, pytest.raises(Refused):
        signer.sign(code, made(public).blinded)
