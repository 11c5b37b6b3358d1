"""Officers: who may open a kiosk's officer page, and that it is they who are there.

A passkey of this kiosk's own origin, made on its officer page, is taken on at the kiosk's terminal (`countenance gate
officer`), where its attestation is held against the deployment's allow-list. It lies in `edge/NAME/officers`, public
half only. Signing in is as at the console: the passkey signs a session, for at most twelve hours, whose key no browser
gives away and which proves every request (`web.kit.guard`). No network is needed, so it works while there is none.
In a demo deployment the key file of somebody of the demo may sign their session, as it may at the console there.

Who can write that folder can be an officer at this kiosk. They hold its host in any case.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from countenance.crypto import assertion, verify
from countenance.crypto.authorship import LONGEST_SESSION_HOURS
from countenance.durable import files
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import canonical, records
from countenance.vocabulary.deployment import ApprovalOrigin, Genesis
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR, Moment
from countenance.vocabulary.requests import Assertion, Registration, Session, Signed
from countenance.vocabulary.warrants import Credential, Role
from countenance.web.kit.sessions import FRESH, SignedIn, token_of

ABOUT_NOW: Final = 5 * 60_000
"""Milliseconds by which a browser's clock may be ahead of this machine's."""


@dataclass(frozen=True, slots=True)
class Officer:
    """One credential of one person at one kiosk."""

    person: str
    credential: Credential


@dataclass(frozen=True, slots=True)
class Played:
    """One person of a demo, by their key file. `key`: Ed25519, raw, 32 bytes."""

    person: str
    key: bytes


def origin_of(genesis: Genesis, address: str) -> ApprovalOrigin:
    """Where this kiosk's officers sign in; authenticators count here that count for the deployment."""
    listed = genesis.console or genesis.approval
    return ApprovalOrigin(address.partition("://")[2].partition(":")[0], address, listed.roots if listed else ())


class Officers:
    """The officers of one kiosk. `folder`: of their credentials; `desk`: tells a demo's, see `web.kit.demo`."""

    def __init__(self, folder: Path, genesis: Genesis, address: str, *, desk: Callable[[], str] = str) -> None:
        self._folder = folder
        self._genesis = genesis
        self.desk = desk
        self._origin = origin_of(genesis, address)

    def add(self, person: str, registration: bytes) -> str:
        """Take on the credential that `person` brings; who vouches for it. Raises Malformed, Tampered, Refused."""
        brought = records.read(Registration, registration)
        if (brought.enrolment.person, brought.enrolment.deployment) != (person, self._genesis.deployment):
            raise Refused("this registration is of another person, or of another deployment: enrol again")
        attested = assertion.attested(brought, self._origin)
        self._keep(attested.credential.id, Officer(person, attested.credential))
        return attested.vouched

    def play(self, person: str, key: bytes) -> None:
        """Let somebody of a demo in by their key file, whose public half is `key`. Raises Refused elsewhere."""
        if not self._genesis.demo:
            raise Refused("key files let nobody in here: make a passkey on the officer page")
        self._keep(key, Played(person, key))

    def remove(self, person: str) -> int:
        """Take every credential of `person` off; how many there were. They are out within `sessions.FRESH`."""
        found = [path for path, officer in self._every() if officer.person == person]
        for path in found:
            files.destroy(path)
        return len(found)

    def read(self, letter: bytes) -> Session:
        """The session that a written `Signed` Session is of, before anything of it was verified."""
        return records.read(Session, records.read(Signed, letter).body)

    def entered(self, letter: bytes, clock: Callable[[], Moment]) -> tuple[Session, SignedIn]:
        """Who signs in by this letter. Raises Tampered or Refused if it is nobody of this kiosk's officers now."""
        signed, now = records.read(Signed, letter), clock()
        session = records.read(Session, signed.body)
        if signed.signer != session.person or session.deployment != self._genesis.deployment:
            raise Tampered("this session is another person's, or of another deployment: sign in again")
        longest = session.made + LONGEST_SESSION_HOURS * MILLISECONDS_AN_HOUR
        if not session.made <= now + ABOUT_NOW or not now < session.expires <= longest:
            raise Refused("this session is over, or this machine's clock is wrong: sign in again")
        self._verify(signed)
        return session, _signed_in(letter, session, now)

    def _verify(self, signed: Signed) -> None:
        held = [officer for _, officer in self._every() if officer.person == signed.signer]
        if signed.by_key_file:
            if not self._genesis.demo:
                raise Tampered("a key file begins no session here: sign in with your passkey")
            for played in held:
                if isinstance(played, Played):
                    verify.verify(played.key, signed.body, signed.signature)
                    return
            raise Refused("nobody plays this person at this gate: choose one whom the desk names for it")
        made = records.read(Assertion, signed.signature)
        for officer in held:
            if isinstance(officer, Officer) and officer.credential.id == made.credential:
                assertion.verify(made, officer.credential, self._origin, signed.body)
                return
        raise Refused("this passkey is no officer's of this kiosk: enrol it at the kiosk's terminal")

    def _keep(self, identity: bytes, officer: "Officer | Played") -> None:
        files.make_directory(self._folder)
        files.write(self._folder / f"{sha256(identity).hexdigest()[:32]}.json", records.write(officer))

    def _every(self) -> "list[tuple[Path, Officer | Played]]":
        found: list[tuple[Path, Officer | Played]] = []
        for path in sorted(self._folder.glob("*.json")):
            try:
                found.append((path, _read(path.read_bytes())))
            except (OSError, Malformed):
                # What cannot be read lets nobody in.
                continue
        return found


def _read(data: bytes) -> "Officer | Played":
    value = canonical.read(data)
    kind = value.get("type") if isinstance(value, dict) else None
    return records.read(Played, data) if kind == Played.__name__ else records.read(Officer, data)


def _signed_in(letter: bytes, session: Session, now: Moment) -> SignedIn:
    roles, until = frozenset({Role.OFFICER}), min(now + FRESH, session.expires)
    return SignedIn(token_of(letter), session.person, "", roles, frozenset(), session.key, until)
