"""witness: every status of C2SP tlog-witness; what is refused changes nothing; nothing contradictory is ever signed."""

import base64
import threading
from pathlib import Path

import pytest

from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.errors import Malformed, Refused, Unavailable
from countenance.log import proof, witness
from countenance.log.checkpoint import write_note
from countenance.log.cosignature import joined, of_witness
from countenance.log.merkle import Tree
from countenance.log.witness import SIZE_TYPE, Witness

ORIGIN, KEY = "example.com/log", SigningKey.from_bytes(bytes(range(32)))
TREE = Tree(bytes([number]) * 32 for number in range(20))
FORK = Tree(bytes([number if number != 3 else 99]) * 32 for number in range(20))


@pytest.fixture
def this(tmp_path: Path) -> Witness:
    witness.create(tmp_path / "w", "w.example")
    made = Witness(tmp_path / "w", lambda: 5_000_000)
    made.add(ORIGIN, KEY.public)
    return made


def note(size: int, tree: Tree = TREE, *, origin: str = ORIGIN, key: SigningKey = KEY) -> str:
    return write_note(origin, size, tree.root(size), key)


def request(old: int | str, size: int, tree: Tree = TREE, *, text: str = "", hashes: tuple[bytes, ...] = ()) -> bytes:
    if not hashes and isinstance(old, int) and old < size:
        hashes = proof.consistency(tree, old, size)
    lines = "".join(f"{base64.b64encode(digest).decode()}\n" for digest in hashes)
    return f"old {old}\n{lines}\n{text or note(size, tree)}".encode()


def test_what_extends_is_cosigned(this: Witness) -> None:
    for old, size in ((0, 5), (5, 5), (5, 12), (12, 20)):
        reply = this.add_checkpoint(request(old, size))
        assert reply.status == 200
        found = of_witness(joined(note(size), [reply.body]), "w.example", this.key.public)
        assert found is not None
        assert found.made == 5_000_000
    assert [(one.origin, one.size) for one in this.logs()] == [(ORIGIN, 20)]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b""),
        (400, b"\xff\n\n"),
        (400, b"old 5\n"),
        (400, request("05", 12)),
        (400, request("-5", 12)),
        (400, request("five", 12)),
        (400, request(15, 12)),
        (400, request(5, 12, hashes=(bytes(31),))),
        (400, request(5, 12, hashes=(bytes(32),) * 64)),
        (400, request(5, 12, text=note(12).replace("\n\n", "\nextension\n\n"))),
        (404, request(5, 12, text=note(12, origin="another"))),
        (403, request(5, 12, text=note(12, key=SigningKey.generate()))),
        (403, request(5, 12, text=note(12).replace("\n12\n", "\n13\n"))),
        (409, request(0, 12)),
        (409, request(4, 12)),
        (409, request(12, 12)),
        (409, request(5, 5, FORK)),
        (422, request(5, 12, FORK)),
        (422, request(5, 12, hashes=(bytes(32),))),
        (422, request(5, 5, hashes=(bytes(32),))),
    ],
)
def test_what_is_refused_changes_nothing(this: Witness, status: int, body: bytes) -> None:
    this.add_checkpoint(request(0, 5))
    before = this.logs()
    reply = this.add_checkpoint(body)
    assert reply.status == status
    if status == 409:
        assert (reply.body, reply.content) == ("5\n", SIZE_TYPE)
    assert "—" not in reply.body
    assert this.logs() == before


def test_it_remembers(this: Witness, tmp_path: Path) -> None:
    this.add_checkpoint(request(0, 12))
    again = Witness(tmp_path / "w", lambda: 1_000)
    assert again.add_checkpoint(request(5, 12, FORK)).status == 409
    reply = again.add_checkpoint(request(12, 13))
    found = of_witness(joined(note(13), [reply.body]), "w.example", this.key.public)
    # A clock that was set back does not make a cosignature older than the one before.
    assert found is not None
    assert found.made == 5_000_000


def test_what_is_not_on_the_disk_is_not_signed(this: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(files, "write", full)
    with pytest.raises(Unavailable):
        this.add_checkpoint(request(0, 12))
    monkeypatch.undo()
    assert this.add_checkpoint(request(0, 5, FORK)).status == 200


def test_a_kill_between_disk_and_answer_costs_nothing(this: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(witness, "cosign", killed)
    with pytest.raises(KeyboardInterrupt):
        this.add_checkpoint(request(0, 12))
    monkeypatch.undo()
    assert this.add_checkpoint(request(0, 12)).body == "12\n"
    assert this.add_checkpoint(request(12, 12)).status == 200
    assert this.add_checkpoint(request(12, 12, FORK)).status == 409


def test_of_two_forks_at_once_one_is_signed(this: Witness) -> None:
    said: list[int] = []

    def ask(body: bytes) -> None:
        said.append(this.add_checkpoint(body).status)

    bodies = [request(0, size, tree) for size in (5, 12) for tree in (TREE, FORK)]
    threads = [threading.Thread(target=ask, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [200, 409, 409, 409]


def test_making_and_adding(this: Witness, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        witness.create(tmp_path / "w", "w.example")
    with pytest.raises(Refused):
        this.add(ORIGIN, SigningKey.generate().public)
    for origin, key in (("two words", KEY.public), ("x", b"short")):
        with pytest.raises(Malformed):
            this.add(origin, key)
    with pytest.raises(Unavailable):
        Witness(tmp_path / "nowhere", lambda: 0)
    assert (tmp_path / "w" / "witness.json").stat().st_mode & 0o077 == 0
    assert "private" not in repr(this.__dict__)
