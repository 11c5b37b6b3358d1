"""A witness under fire: mutated requests, and kill -9 while two logs of one origin ask it at once."""

import base64
import contextlib
import http.client
import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

from countenance.crypto.sign import SigningKey
from countenance.log import note, proof, witness
from countenance.log.checkpoint import parsed, write_note
from countenance.log.cosignature import joined, of_witness
from countenance.log.merkle import Tree
from countenance.log.witness import Witness
from prove.scale import count
from prove.test_fuzz import mutated

ORIGIN, KEY = "example.com/log", SigningKey.from_bytes(bytes(range(32)))
LEAVES = [number.to_bytes(32) for number in range(3000)]
TREES = (Tree(LEAVES), Tree([*LEAVES[:5], bytes(32), *LEAVES[6:]]))


def request(tree: Tree, old: int, size: int) -> tuple[bytes, str]:
    head = write_note(ORIGIN, size, tree.root(size), KEY)
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof.consistency(tree, old, size))
    return f"old {old}\n{lines}\n{head}".encode(), head


def test_mutated_requests_are_answered_and_never_cosigned(tmp_path: Path) -> None:
    witness.create(tmp_path / "w", "w.example")
    this = Witness(tmp_path / "w", lambda: 5_000)
    this.add(ORIGIN, KEY.public)
    whole, head = request(TREES[0], 0, 7)
    assert this.add_checkpoint(whole).status == 200
    chance, before = random.Random(7), this.logs()
    statuses: set[int] = set()
    for number in range(count(200_000, 5_000)):
        whole, head = request(TREES[number % 2], 7, chance.choice([7, 8, 1000])) if number % 50 == 0 else (whole, head)
        spoilt = mutated(whole, chance)
        if spoilt.partition(b"\n\n")[2] == head.encode() or b"old 7\n" in spoilt[:8]:
            # Whether it is still a right request is not what is asked here: only noise that cannot be.
            spoilt = spoilt.replace(ORIGIN.encode(), b"example.org/log")
        statuses.add(this.add_checkpoint(spoilt).status)
        assert this.logs() == before
    assert statuses <= {400, 403, 404, 409, 422}


def test_killed_at_any_moment_it_signs_one_tree(tmp_path: Path) -> None:
    place = tmp_path / "w"
    witness.create(place, "w.example")
    key = Witness(place, lambda: 0).key
    Witness(place, lambda: 0).add(ORIGIN, KEY.public)
    signed: list[tuple[int, int]] = []
    for number in range(count(40, 6)):
        process, port = started(place)
        stop = threading.Event()
        threads = [
            threading.Thread(target=asking, args=(port, which, number, key, signed, stop))
            for which in range(len(TREES))
        ]
        for thread in threads:
            thread.start()
        while not signed and any(thread.is_alive() for thread in threads):
            time.sleep(0.01)
        time.sleep(random.Random(number).uniform(0.5, 2.5))
        process.kill()
        process.wait()
        stop.set()
        for thread in threads:
            thread.join()
    # All that was ever signed is of one tree, and it goes on where it was.
    assert len({which for size, which in signed if size > 5}) == 1
    print(f"{len(signed)} cosignatures, the last of {max(signed)[0]} entries")


def started(place: Path) -> tuple["subprocess.Popen[str]", int]:
    command = [sys.executable, "-m", "countenance.cli.main", "witness", "serve", str(place), "--json"]
    process = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    return process, int(json.loads(process.stdout.readline())["listening"].rpartition(":")[2])


def asking(
    port: int, which: int, seed: int, key: note.VerifierKey, signed: list[tuple[int, int]], stop: threading.Event
) -> None:
    """One of two logs asks for its tree, again and again, from wherever the witness says it is."""
    chance, old = random.Random(seed * 2 + which), 0
    with contextlib.suppress(OSError, http.client.HTTPException):
        while not stop.is_set():
            size = min(old + chance.randint(6 if not old else 0, 9), len(LEAVES))
            body, head = request(TREES[which], old, size)
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("POST", "/add-checkpoint", body)
            answer = connection.getresponse()
            text = answer.read().decode()
            connection.close()
            if answer.status == 200:
                assert of_witness(joined(head, [text]), key.name, key.public) is not None
                signed.append((parsed(head).size, which))
                old = size
            elif answer.status == 409:
                old = int(text)
            else:
                # The witness is on the other tree: there is no proof that leads there.
                time.sleep(0.01)
                old = 0
