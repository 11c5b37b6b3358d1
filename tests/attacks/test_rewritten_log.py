"""A7, the rewritten log: an operator with the custodian's disk and key cuts an entry out, goes back to an older log, or
keeps two. Without outsiders the custodian's own check is all there is, and who restores everything together passes it.
Against it: witnesses that cosign only what extends what they saw; a custodian that stays locked behind them; monitors.
"""

import shutil
from pathlib import Path

import pytest

from countenance.crypto.sign import SigningKey
from countenance.errors import Tampered, Unavailable
from countenance.log import asking, monitor, sequencer, tiles
from countenance.log.monitor import follow
from countenance.vocabulary.entries import Checkpoint, Witness
from countenance.zones.custodian import keys, publication, ticks, witnesses
from countenance.zones.custodian.keys import Secret
from simulator.witness import admitted, made, serving
from simulator.zone import Zone


def used(zone: Zone) -> None:
    """Something that the operator would rather not have done."""
    zone.enrol("edge-9")


def published(zone: Zone, folder: Path) -> None:
    zone.clock.now += ticks.TICK
    assert ticks.tick(zone.opened)
    have = tiles.published_size(folder)
    size, note, (leaves, *sealed) = publication.since(zone.opened, have)
    assert size > have
    tiles.publish(folder, [leaves[at : at + 32] for at in range(0, len(leaves), 32)], sealed, note)


def test_succeeds_without_mitigation(tmp_path: Path) -> None:
    """Nobody outside: the whole directory restored, or the log written anew with its own key, opens like any other."""
    zone = Zone(tmp_path / "zone")
    zone.open()
    zone.crash()
    older = zone.copied(tmp_path / "older")
    zone.open()
    used(zone)
    older.open()
    older.enrol("edge-innocent")
    assert "edge-9" not in {dict(entry.facts).get("edge") for entry in older.opened.sequencer.entries()}


def test_fails_against_product(tmp_path: Path) -> None:
    zone = Zone(tmp_path / "zone")
    zone.open()
    this = made(tmp_path / "w", "w.example", zone.genesis, zone.clock)
    folder = tmp_path / "published"
    folder.mkdir()
    with serving(this) as url:
        admitted(zone.opened, this, url)
        published(zone, folder)
        seen = look(zone, folder, monitor.begin(zone.genesis)).after
        zone.crash()
        older = zone.copied(tmp_path / "older")
        cut = zone.copied(tmp_path / "cut")
        zone.open()
        used(zone)
        published(zone, folder)
        seen = look(zone, folder, seen).after
        before = this.logs()

        # The whole directory as it was before: the witness has seen more.
        with pytest.raises(Tampered, match="has seen"):
            older.open()
        # Cut off the witness and let the older log grow beyond it: what it saw is not in there.
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(asking, "_posted", unreachable)
            older.open()
            older.clock.now = zone.clock.now
            for number in range(40):
                older.enrol(f"edge-{number}")
            shutil.rmtree(folder)
            folder.mkdir()
            published(older, folder)
        assert [one.rule for one in look(zone, folder, seen).broken] == ["fork"]
        older.crash()
        with pytest.raises(Tampered, match="another log"):
            older.open()
        # The log alone, written anew with the log's own key and a store that is not touched.
        rewritten(cut, zone)
        with pytest.raises(Tampered, match="cosigned"):
            cut.open()
        # The running custodian that shows the witness a fork, or is the only one to be asked for it, gets nothing.
        head = older_head(cut)
        with pytest.raises(Tampered):
            asking.cosigned(Witness("w.example", "press", url, this.key.public), head, 0, lambda _: ())
        assert this.logs() == before
        witnesses.cover(zone.opened, 0)


def look(zone: Zone, folder: Path, seen: monitor.Seen) -> monitor.Round:
    return follow(lambda name: read(folder / name), seen, [], required=0, now=zone.clock())


def read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def unreachable(*_: object) -> tuple[int, str]:
    raise Unavailable("cut off")


def signing(zone: Zone) -> SigningKey:
    _, kept = keys.unlock(zone.directory, Secret(shares=zone.shares))
    return SigningKey.from_bytes(kept.signing)


def rewritten(zone: Zone, of: Zone) -> None:
    """Every entry of the real log but the last that matters, signed with the real key."""
    shutil.rmtree(zone.directory / "log")
    (zone.directory / "log").mkdir()
    log = sequencer.Sequencer(zone.directory / "log" / "journal", zone.genesis.log_origin, signing(zone), zone.clock)
    for entry in of.opened.sequencer.entries():
        if dict(entry.facts).get("edge") != "edge-9":
            log.append(entry.kind, dict(entry.facts), entry.of if entry.of < log.size else -1)
    log.close()


def older_head(zone: Zone) -> Checkpoint:
    log = sequencer.Sequencer(zone.directory / "log" / "journal", zone.genesis.log_origin, signing(zone), zone.clock)
    head = log.checkpoint()
    log.close()
    return head
