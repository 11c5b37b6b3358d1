"""The log explorer: the browser checks by itself, agrees with `log/proof.py`'s vectors, and rings for each fault."""

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from countenance.log import merkle, tiles
from countenance.log.checkpoint import parsed
from countenance.log.note import COSIGNATURE, VerifierKey
from journeys.conftest import Town
from journeys.people import Visitor
from prove.approvers import PHONE

VECTORS: Final = Path(__file__).parents[1] / "vectors" / "log"
CHECK: Final = """async (one) => {
    try {
        if (one.kind === "inclusion") {
            await included(unhex(one.leaf), one.index, one.size, one.hashes.map(unhex), unhex(one.root));
        } else if (one.kind === "consistency") {
            const [older, newer] = [one.first_root, one.second_root].map(unhex);
            await consistent(one.first, one.second, older, newer, one.hashes.map(unhex));
        } else if (one.kind === "note") {
            await checkpointOf(one.note, one.origin, unhex(one.public));
        } else {
            if ((await cosigned(parsed(one.note), one.witness, unhex(one.public))) !== one.time) return "reject";
        }
        return "accept";
    } catch (error) {
        if (error instanceof Broken) return "reject";
        throw error;
    }
}"""
# A server that changes one byte of what it is asked for.
LYING: Final = """async ([path, at]) => {
    globalThis.honest ??= read;
    read = async (asked) => {
        const data = await honest(asked);
        if (asked.startsWith(path) && data) data[at < 0 ? data.length + at : at] ^= 1;
        return data;
    };
    say("", true);
    await doing(looked());
    if (tree) await doing(entry(0), "found");
}"""


def vectors() -> list[dict[str, Any]]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(VECTORS.glob("*.json"))]
    return [one for one in found if one["kind"] in ("inclusion", "consistency", "note", "cosignature")]


def opened(town: Town, person: str = "auditor-1", query: str = "") -> Visitor:
    visitor = town.people[person]
    visitor.go(f"/log{query}")
    expect(visitor.page.locator("body[data-looked]")).to_have_count(1)
    return visitor


def test_the_script_agrees_with_every_vector(town: Town) -> None:
    # Given the vectors that the Python code is held to, good ones and one for each fault,
    page = opened(town).page
    every = vectors()
    assert {one["expect"] for one in every} == {"accept", "reject"}
    # when the page's script is given them, then it accepts the good ones and refuses each of the others.
    assert [(one["why"], page.evaluate(CHECK, one)) for one in every] == [(one["why"], one["expect"]) for one in every]


def test_its_tiles_and_paths_are_those_of_the_tree(town: Town) -> None:
    # Given trees of one tile, of several and of three levels, made here with tiles as the publication writes them,
    page = opened(town).page
    for size in (1, 2, 7, 255, 256, 257, 700, 66_000):
        leaves = [number.to_bytes(32) for number in range(size)]
        tree = merkle.Tree(leaves)
        pieces = laid(tree, size)
        for first, index in ((1, 0), (size // 2, size // 3), (size - 1, size - 1), (size, 0)):
            # when the script reads them, then the root is proven, and both its proofs are.
            told = page.evaluate(
                """async ([size, root, pieces, first, older, index, leaf]) => {
                    const asked = async (path) => (path in pieces ? unhex(pieces[path]) : null);
                    const tiled = new Tiled(size, unhex(root), asked);
                    await consistent(first, size, unhex(older), tiled.root, await tiled.consistency(first));
                    const path = await tiled.path(index);
                    await included(unhex(leaf), index, size, path.map((step) => step.hash), tiled.root);
                    return path.length;
                }""",
                [size, tree.root().hex(), pieces, first, tree.root(first).hex(), index, leaves[index].hex()],
            )
            assert told <= size.bit_length()


def laid(tree: merkle.Tree, size: int) -> dict[str, str]:
    """Tiles of hashes by path, in hex."""
    pieces, level, count = {}, 0, size
    while count:
        span = tiles.WIDTH**level
        for number in range(-(-count // tiles.WIDTH)):
            width = min(tiles.WIDTH, count - number * tiles.WIDTH)
            first = number * tiles.WIDTH
            hashes = b"".join(tree.subtree(at * span, (at + 1) * span) for at in range(first, first + width))
            pieces[tiles.tile_path(level, number, width)] = hashes.hex()
        level, count = level + 1, count // tiles.WIDTH
    return pieces


def test_witnesses_are_checked_with_keys_that_people_bring(town: Town) -> None:
    # Given a witness's key, as it prints it, when somebody puts it in, then what it has not signed is said so;
    key = str(VerifierKey("witness.example/w1", COSIGNATURE, bytes(range(32))))
    page = opened(town).page
    page.fill("#keys", key)
    with page.expect_navigation():
        page.click("#witness-form button")
    expect(page.locator("#witnesses")).to_have_text("witness.example/w1: has not signed this")
    # and a key that is none is not taken.
    for wrong in (key[:-2] + "A=", key.replace("w1+", "w2+"), "witness.example/w1", key.replace("+", " ")):
        page.fill("#keys", wrong)
        page.click("#witness-form button")
        expect(page.locator("#alert")).to_contain_text("is no witness's key")


def test_somebody_checks_that_an_entry_is_there(town: Town) -> None:
    # Given the published log, when somebody opens the page and asks for an entry,
    visitor = opened(town)
    page = visitor.page
    expect(page.locator("#signature")).to_have_text("verified here")
    size = int(page.inner_text("#size"))
    assert size % 16 == 0
    assert (parsed((town.stage.deployment / "repository" / "log" / "checkpoint").read_text()).size - size) % 16 == 0
    page.fill("#entry", "5")
    page.click("#entry-form button")
    # then it is proven, drawn, and told as a table; and every entry leads to the root.
    expect(page.locator("#found")).to_contain_text(f"Entry 5 is in the log of {size} entries")
    expect(page.locator("#picture svg")).to_be_visible()
    assert page.locator("#steps tr").count() == (size - 1).bit_length()
    page.click("#every")
    expect(page.locator("#checked")).to_have_text(f"All {size} entries lead to the root.")
    for name, window in (("phone", PHONE), ("laptop", (1280, 900)), ("wall", (2560, 1440))):
        for dark in (False, True):
            visitor.shot(town.pictures / f"log-{name}-{'dark' if dark else 'light'}.png", window, dark=dark)
    assert visitor.fits(PHONE[0])
    # And an entry of now is not there yet: the page says when to look again.
    opened(town, query=f"?entry={size + 1000}")
    expect(page.locator("#found")).to_contain_text("is not published yet")
    assert visitor.complaints == []


def test_it_remembers_and_says_what_it_extends(town: Town) -> None:
    visitor = opened(town)
    visitor.page.reload()
    expect(visitor.page.locator("#before")).to_contain_text("extends the")


@pytest.mark.parametrize(
    ("path", "at", "alarm"),
    [
        ("checkpoint", 2, "not signed by the log's key"),
        # A letter of a hash or signature may become one that base64 does not have.
        ("checkpoint", 30, re.compile("not signed by the log's key|the checkpoint cannot be read")),
        ("checkpoint", -4, re.compile("not signed by the log's key|the checkpoint cannot be read")),
        ("tile/0/000", 0, "damaged at"),
        ("tile/0/000", -1, "damaged at"),
        ("tile/entries/000", 2, "damaged at"),
        ("tile/entries/000", -1, "damaged at"),
    ],
)
def test_a_flipped_byte_is_an_alarm(town: Town, path: str, at: int, alarm: str | re.Pattern[str]) -> None:
    # Given a server that changed one byte of what is published, when the page reads it,
    visitor = opened(town)
    visitor.page.evaluate(LYING, [path, at])
    # then it rings, and nothing is said to be proven.
    visitor.warned("ALARM")
    visitor.warned(alarm)
    expect(visitor.page.locator("#found")).not_to_contain_text("proven here")
    visitor.shot(town.pictures / "log-alarm-laptop-light.png")


@pytest.mark.parametrize(
    ("changed", "alarm"),
    [
        ({"root": "00" * 32}, "was rewritten"),
        ({"size": 7}, "was rewritten"),
        ({"size": 10**6}, "become shorter"),
        ({"genesis": "00" * 32}, "another deployment"),
    ],
)
def test_a_log_that_does_not_go_on_is_an_alarm(town: Town, changed: dict[str, Any], alarm: str) -> None:
    # Given a browser that has seen another log here, when it opens the page,
    visitor = opened(town)
    before = visitor.page.evaluate("() => kept('log')")
    visitor.page.evaluate("async (value) => keep('log', value)", {**before, **changed})
    for _ in range(2):
        # then it rings, every time: what it saw before is not replaced.
        opened(town)
        visitor.warned(alarm)
        assert visitor.page.evaluate("() => kept('log')") == {**before, **changed}
    if "genesis" in changed:
        visitor.page.click("#forget")
        expect(visitor.page.locator("#before")).to_contain_text("first time here")
    else:
        expect(visitor.page.locator("#save")).to_be_visible()
    visitor.page.evaluate("async (value) => keep('log', value)", before)


def test_a_browser_without_ed25519_says_so(town: Town) -> None:
    visitor = opened(town)
    visitor.page.evaluate(
        """async () => {
            crypto.subtle.importKey = async () => { throw new DOMException("no", "NotSupportedError"); };
            await doing(looked());
        }"""
    )
    visitor.warned("nothing on this page is checked")


def test_nothing_but_the_published_log_is_given_out(town: Town) -> None:
    # Given somebody signed in, when they ask for what is no tile, then they get a sentence and nothing else.
    visitor = opened(town)
    for path in ("..%2f..%2frepository.db", "..%252f..%252fcheckpoint", "preimages/000", "0/x000/000", "0/000.p/256"):
        status, said = visitor.page.evaluate(
            "async (path) => { const answer = await fetch(path); return [answer.status, await answer.json()]; }",
            f"/log/tile/{path}",
        )
        # A path that is spelled otherwise than its proof says is nobody's.
        assert status in (400, 401)
        assert set(said) == {"error", "message"}
