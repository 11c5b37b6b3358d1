"""A token beside the shares: who may add it, what it opens, what it does not."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.durable import files
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import backups, hsm, keys, opening
from countenance.zones.custodian.keys import Hsm, Secret
from simulator.hsm import Token
from simulator.zone import Zone


def added(zone: Zone, token: Token) -> bytes:
    """The file `hsm` of the zone, with `token` added by its share holders."""
    hsm.add(zone.opened, Secret(shares=zone.shares), token.place)
    return path(zone).read_bytes()


def path(zone: Zone) -> Path:
    return zone.directory / keys.HSM


def journal(zone: Zone) -> int:
    return (zone.directory / "log" / "journal").stat().st_size


def open_with(zone: Zone, secret: Secret) -> None:
    zone.crash()
    zone._opened = opening.open_custodian(zone.directory, secret, clock=zone.clock, random=secrets.token_bytes)


def refused(zone: Zone, secret: Secret, match: str | None, kind: type[CountenanceError] = Refused) -> None:
    """Locked it stays, and nothing is written."""
    zone.crash()
    before = journal(zone)
    with pytest.raises(kind, match=match):
        open_with(zone, secret)
    assert journal(zone) == before


def said(zone: Zone) -> list[str]:
    return [dict(entry.facts)["change"] for entry in zone.opened.sequencer.entries() if entry.kind is Kind.HSM]


def test_a_token_that_share_holders_added_opens_and_the_log_says_so(zone: Zone) -> None:
    token, root = Token(), zone.opened.root
    file = added(zone, token)
    open_with(zone, token.secret(file))
    assert zone.opened.root == root
    last = list(zone.opened.sequencer.entries())[-1]
    assert (last.kind, dict(last.facts)["by"]) == (Kind.OPENED, "hsm")
    zone.reopen()
    assert dict(list(zone.opened.sequencer.entries())[-1].facts)["by"] == "shares"
    assert said(zone) == ["added"]
    open_with(zone, token.secret(file))


def test_that_it_is_open_does_not_let_one_person_add_a_token(zone: Zone) -> None:
    token = Token()
    for secret in (Secret(), Secret(shares=zone.shares[:1]), Secret(agreed=bytes(32)), Secret("a long passphrase")):
        with pytest.raises(Refused):
            hsm.add(zone.opened, secret, token.place)
    with pytest.raises(Malformed):
        hsm.add(zone.opened, Secret(shares=zone.shares), replace(token.place, public=bytes(65)))
    assert not path(zone).exists()
    assert said(zone) == []
    file = added(zone, token)
    for secret in (token.secret(file), Secret(shares=zone.shares)):
        with pytest.raises(Refused):
            hsm.add(zone.opened, secret, Token().place)
    assert path(zone).read_bytes() == file
    assert said(zone) == ["added"]


def test_another_tokens_key_and_no_token_open_nothing(zone: Zone) -> None:
    refused(zone, Secret(agreed=bytes(32)), "no token")
    zone.open()
    file = added(zone, Token())
    refused(zone, Token().secret(file), "another token's key")
    refused(zone, Secret(agreed=bytes(31)), None, Malformed)


def test_a_forged_or_damaged_file_opens_nothing(zone: Zone) -> None:
    """Whoever writes the directory knows the public key, and so can seal another root to it."""
    token = Token()
    file = added(zone, token)
    theirs = records.write(keys.sealed_to(token.place, secrets.token_bytes(32)))
    path(zone).write_bytes(theirs)
    refused(zone, token.secret(theirs), "another custodian")
    true = records.read(Hsm, file)
    for altered in (
        replace(true, sealed=true.sealed[:-1] + bytes([true.sealed[-1] ^ 1])),
        replace(true, sealed=b""),
        replace(true, place=replace(true.place, public=Token().place.public)),
    ):
        path(zone).write_bytes(records.write(altered))
        refused(zone, token.secret(file), "another token's key, or the file hsm was altered")
    path(zone).write_bytes(records.write(replace(true, place=replace(true.place, token="another"))))
    refused(zone, token.secret(file), "does not say")
    path(zone).write_bytes(file[:-3])
    assert hsm.shown(zone.directory) is None
    refused(zone, token.secret(file), None, Malformed)
    # Shares open it all the same; what the log does not name is gone then, and a token can be added.
    zone.open()
    assert not path(zone).exists()
    added(zone, token)


def test_a_token_that_was_removed_opens_nothing_though_its_file_is_put_back(zone: Zone) -> None:
    token = Token()
    with pytest.raises(Refused, match="nothing to remove"):
        hsm.remove(zone.opened)
    file = added(zone, token)
    hsm.remove(zone.opened)
    assert not path(zone).exists()
    refused(zone, token.secret(file), "no token")
    path(zone).write_bytes(file)
    refused(zone, token.secret(file), "was removed")
    zone.open()
    assert not path(zone).exists()
    newer = added(zone, token)
    path(zone).write_bytes(file)
    refused(zone, token.secret(file), "does not say")
    path(zone).write_bytes(newer)
    open_with(zone, token.secret(newer))
    assert said(zone) == ["added", "removed", "added"]


@pytest.mark.parametrize("act", ["write", "destroy"])
def test_a_crash_between_entry_and_file_leaves_no_token(zone: Zone, act: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = Token()
    file = added(zone, token) if act == "destroy" else b""

    doing, real = (lambda: hsm.remove(zone.opened)) if file else (lambda: added(zone, token)), getattr(files, act)

    def crash(where: Path, *data: bytes) -> None:
        if where == path(zone):
            raise KeyboardInterrupt
        real(where, *data)

    with monkeypatch.context() as patched:
        patched.setattr(files, act, crash)
        with pytest.raises(KeyboardInterrupt):
            doing()
    assert said(zone) == (["added", "removed"] if file else ["added"])
    refused(zone, token.secret(file) if file else Secret(agreed=bytes(32)), None)
    zone.open()
    assert not path(zone).exists()
    open_with(zone, token.secret(added(zone, token)))


def test_a_backup_opens_with_the_shares_alone(zone: Zone) -> None:
    assert keys.HSM not in backups.KEPT


def test_neither_root_nor_what_was_agreed_lies_in_the_directory_or_in_a_repr(zone: Zone) -> None:
    token, root = Token(), zone.opened.root
    secret = token.secret(added(zone, token))
    kept = [one.read_bytes() for one in zone.directory.rglob("*") if one.is_file()]
    found = keys.hsm_of(zone.directory)
    kept += [repr(found).encode(), repr(secret).encode()]
    for hidden in (root, secret.agreed):
        assert not [data for data in kept if hidden in data or hidden.hex().encode() in data]
    assert repr(secret) == "Secret(hsm)"
