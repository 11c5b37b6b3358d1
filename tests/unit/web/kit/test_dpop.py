"""Proofs of possession: RFC 9449's own examples, and every claim that can be wrong."""

import secrets
from dataclasses import dataclass

import pytest

from countenance.errors import Refused, Unavailable
from countenance.web.kit import dpop
from countenance.web.kit.dpop import Asked, Proofs, StaleNonce
from simulator.browser import ORIGIN, Browser

# RFC 9449, section 4.1 (figure 2) and section 7.1 (figure 12): proofs that their authors published.
AT_TOKEN = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoR"
    "jQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdG"
    "kiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYy"
    "MjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
AT_RESOURCE = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoR"
    "jQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdG"
    "kiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJj"
    "ZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP"
    "86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
PAGE = f"{ORIGIN}/wall"


@dataclass
class Clock:
    now: int = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@dataclass
class Desk:
    proofs: Proofs
    browser: Browser
    clock: Clock

    def made(self, **lies: object) -> str:
        told = {"method": "GET", "address": PAGE, "nonce": self.proofs.nonce(), "seconds": self.clock.now // 1000}
        return self.browser.proof(**{**told, **lies})

    def check(self, proof: str, **changed: str) -> None:
        asked = {"method": "GET", "address": PAGE, "token": self.browser.token} | changed
        self.proofs.check(proof, Asked(**asked), self.browser.point)


@pytest.fixture
def desk() -> Desk:
    clock = Clock()
    return Desk(Proofs(clock, secrets.token_bytes), Browser("00" * 8, "officer-1", clock.now), clock)


@pytest.mark.parametrize("proof", [AT_TOKEN, AT_RESOURCE])
def test_the_rfcs_examples_are_read_and_their_signatures_verify(proof: str) -> None:
    claims, point = dpop._read(proof)
    assert claims["htm"] in ("POST", "GET")
    assert len(point) == 65
    for place in (10, len(proof) // 2, len(proof) - 5):
        broken = proof[:place] + ("A" if proof[place] != "A" else "B") + proof[place + 1 :]
        with pytest.raises(Refused):
            dpop._read(broken)


def test_the_rfcs_token_has_the_rfcs_digest() -> None:
    assert dpop._read(AT_RESOURCE)[0]["ath"] == dpop.digest(TOKEN)


def test_a_proof_counts_once(desk: Desk) -> None:
    proof = desk.made()
    desk.check(proof)
    with pytest.raises(Refused, match="used before"):
        desk.check(proof)
    desk.check(desk.made())


def test_queries_are_left_out_of_the_address(desk: Desk) -> None:
    desk.check(desk.made(address=f"{PAGE}?camera=hall"))


@pytest.mark.parametrize(
    ("lie", "match"),
    [
        ({"method": "POST"}, "another request"),
        ({"address": f"{ORIGIN}/cameras"}, "another request"),
        ({"address": "http://evil.localhost:8440/wall"}, "another request"),
        ({"htu": 7}, "another request"),
        ({"htu": "http://[no address/wall"}, "another request"),
        ({"ath": dpop.digest("another token")}, "another session"),
        ({"ath": None}, "another session"),
        ({"seconds": 1_800_000_000 - 301}, "not of now"),
        ({"seconds": 1_800_000_000 + 301}, "not of now"),
        ({"iat": "1800000000"}, "not of now"),
        ({"jti": ""}, "used before"),
        ({"jti": "x" * 65}, "used before"),
        ({"jti": ["a list of it"]}, "used before"),
        ({"header_typ": "jwt"}, "no proof"),
        ({"header_alg": "none"}, "no proof"),
        ({"header_alg": "HS256"}, "no proof"),
        ({"header_jwk": {"kty": "oct", "k": "AAAA"}}, "no proof"),
        ({"header_jwk": None}, "no proof"),
    ],
    ids=str,
)
def test_what_a_proof_may_not_say(desk: Desk, lie: dict[str, object], match: str) -> None:
    with pytest.raises(Refused, match=match):
        desk.check(desk.made(**lie))


def test_a_private_key_in_the_header_is_no_proof(desk: Desk) -> None:
    jwk = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}
    with pytest.raises(Refused, match="no proof"):
        desk.check(desk.made(header_jwk=jwk))


def test_another_key_is_another_session(desk: Desk) -> None:
    thief = Browser("00" * 8, "officer-1", desk.clock.now)
    proof = thief.proof("GET", PAGE, desk.proofs.nonce(), desk.clock.now // 1000, ath=dpop.digest(desk.browser.token))
    with pytest.raises(Refused, match="another key"):
        desk.check(proof)


@pytest.mark.parametrize("proof", ["", "x", "a.b.c", "a" * 5000, ".".join(["e30"] * 3), "\udc80.x.y", "€.€.€"], ids=len)
def test_rubbish_is_no_proof(desk: Desk, proof: str) -> None:
    with pytest.raises(Refused, match="no proof"):
        desk.check(proof)


def test_a_nonce_lives_for_minutes(desk: Desk) -> None:
    first = desk.proofs.nonce()
    desk.clock.now += 2 * dpop.NONCE_LIFE
    assert desk.proofs.nonce() != first
    desk.check(desk.made(nonce=first))
    desk.clock.now += dpop.NONCE_LIFE
    for nonce in (first, "made up", 7, None):
        with pytest.raises(StaleNonce):
            desk.check(desk.made(nonce=nonce))


def test_a_nonce_is_used_so_often_and_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dpop, "MOST_USED", 2)
    for _ in range(2):
        desk.check(desk.made())
    with pytest.raises(Unavailable):
        desk.check(desk.made())
    desk.clock.now += dpop.NONCE_LIFE
    desk.check(desk.made())


def test_who_knocks_takes_up_nothing_of_those_inside(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dpop, "MOST_USED", 2)
    outside = Asked("GET", PAGE, desk.browser.token, inside=False)
    knocked = [desk.made() for _ in range(2)]
    for proof in knocked:
        desk.proofs.check(proof, outside, desk.browser.point)
    with pytest.raises(Unavailable):
        desk.proofs.check(desk.made(), outside, desk.browser.point)
    desk.check(desk.made())
    # And a proof that was used to come in is not used a second time inside.
    with pytest.raises(Refused, match="used before"):
        desk.check(knocked[0])
