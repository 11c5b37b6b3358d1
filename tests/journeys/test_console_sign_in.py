"""Signing in, and what a copied login is worth: nothing, wherever it is played."""

from http.client import HTTPConnection
from typing import Any

import pytest
from playwright.sync_api import expect

from countenance.channel.client import Connection
from countenance.crypto.seal import binding, seal
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from journeys.conftest import Town
from journeys.people import Visitor
from prove.approvers import PHONE

WALL = (2560, 1440)


def entries(town: Town, kind: str) -> int:
    """How many entries of a kind the log has, as its audit counts them."""
    key = town.stage.out / "keys" / "auditors.key"
    told = town.stage.verb("audit", town.stage.deployment, "--key", key)
    assert told["irregularities"] == []
    return int(told["figures"].get(kind, 0))


def status_of(visitor: Visitor, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """What the console answers to a request that no worker touched."""
    return sent(visitor.origin, "GET", path, headers)


def sent(origin: str, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, str]:
    host = origin.partition("://")[2]
    connection = HTTPConnection("127.0.0.1", int(host.rpartition(":")[2]), timeout=30)
    connection.request(method, path, body=body, headers={"host": host, **headers})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def kept(visitor: Visitor) -> dict[str, Any]:
    """What a thief can copy out of a profile's storage: all but the key, which no script is given."""
    told: dict[str, Any] = visitor.page.evaluate(
        """async () => {
            const held = await kept("session");
            const key = await crypto.subtle.exportKey("jwk", held.key).catch((error) => error.name);
            const { token, ath, letter, person, expires, jwk } = held;
            return { token, ath, letter, person, expires, jwk, key };
        }"""
    )
    return told


def test_somebody_signs_in_and_is_asked_again_for_nothing(town: Town) -> None:
    # Given an officer with a passkey of theirs, signed in,
    officer = town.people["officer-1"]
    # when they open the console again,
    officer.go("/")
    # then they are inside at once, in every size and light, and without anything to scroll sideways.
    expect(officer.page.locator("dl.facts")).to_contain_text("officer-1 · police")
    for name, size in (("laptop", (1280, 900)), ("phone", PHONE), ("wall", WALL)):
        for dark in (False, True):
            officer.shot(town.pictures / f"overview-{name}-{'dark' if dark else 'light'}.png", size, dark=dark)
    assert officer.fits(PHONE[0])
    assert officer.context.cookies() == []
    assert officer.complaints == []


def test_a_page_that_was_loaded_past_the_worker_lets_people_in(town: Town) -> None:
    # Given an officer who is signed in,
    officer = town.people["officer-1"]
    officer.go("/")
    # when they hold shift and reload, so that no worker proves who they are,
    officer.page.evaluate("window.before = true")
    officer.cdp.send("Page.reload", {"ignoreCache": True})
    officer.page.wait_for_function("window.before === undefined")
    # then the shell finds its worker again, and they are inside.
    expect(officer.page.locator("dl.facts")).to_contain_text("officer-1 · police")


def test_nobody_else_signs_in(town: Town) -> None:
    # Given a stranger with a passkey that nobody enrolled,
    stranger = town.stranger("officer-1")
    stranger.enrol(town.stage.out / "keys")
    # when they sign in under an officer's name,
    stranger.page.click("#sign-in button")
    # then they are told so, and stay outside, also when they come again.
    stranger.warned("not on the roster for this person")
    stranger.go("/")
    expect(stranger.page.locator("#way-in")).to_be_visible()
    stranger.context.close()


def test_a_copied_login_gets_the_empty_shell(town: Town) -> None:
    # Given all that a thief can copy of a session,
    officer = town.people["officer-1"]
    officer.go("/")
    loot = kept(officer)
    assert loot["key"] == "InvalidAccessError"
    proofs: list[str] = []
    officer.page.on("request", lambda request: proofs.append(request.headers.get("dpop", "")))
    thief = town.stranger("thief-1")
    # when they play the token, with or without somebody's proof,
    bare = {"authorization": f"DPoP {loot['token']}", "accept": "text/html"}
    status, text = status_of(thief, "/", bare)
    # then the server answers with the shell that anybody gets.
    assert (status, "officer-1" in text, "sign-in" in text) == (401, False, True)
    assert status_of(thief, "/", {"authorization": f"Bearer {loot['token']}", "accept": "text/html"})[0] == 401
    # And when they put what was stored into a browser of their own, with a key of theirs,
    thief.page.evaluate(
        """async (loot) => {
            const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
            await keep("session", { ...loot, key: pair.privateKey });
        }""",
        {name: value for name, value in loot.items() if name != "key"},
    )
    thief.go("/")
    # then they are outside, and the officer is not.
    expect(thief.page.locator("#way-in")).to_be_visible()
    assert "officer-1" not in thief.page.content()
    officer.go("/")
    expect(officer.page.locator("dl.facts")).to_contain_text("officer-1")
    thief.context.close()


def test_a_recorded_proof_counts_once_and_nowhere_else(town: Town) -> None:
    # Given a proof that the officer's own key made, for one address,
    officer = town.people["officer-1"]
    officer.go("/")
    made: dict[str, str] = officer.page.evaluate(
        """async () => {
            const held = await kept("session");
            const answer = await fetch("/configuration");
            const nonce = (await fetch("/nothing").catch(() => answer)).headers.get("dpop-nonce");
            return { token: held.token, dpop: await proof(held, "GET", location.origin + "/", nonce) };
        }"""
    )
    headers = {"authorization": f"DPoP {made['token']}", "dpop": made["dpop"], "accept": "text/html"}
    thief = town.stranger("thief-2")
    # when it is played at another address, then not even its first use counts;
    assert status_of(thief, "/worker.js", headers)[0] == 200
    assert "dl class" not in status_of(thief, "/openapi.json", headers)[1]
    # when it is played where it was made for, it opens that, once.
    assert "dl class" in status_of(thief, "/", headers)[1]
    assert "dl class" not in status_of(thief, "/", headers)[1]
    thief.context.close()


def test_a_recorded_ask_is_not_asked_again(town: Town) -> None:
    # Given an ask that an officer signed in their session,
    officer = town.people["officer-1"]
    officer.go("/")
    signed: str = officer.page.evaluate(
        """async () => spoken(await configured(), await kept("session"), "policy", "Nothing", {})"""
    )
    asking = """(signed) => posted("/ask", { signed }).then(() => "answered", (error) => error.said)"""
    assert officer.page.evaluate(asking, signed) == "answered"
    # when it is sent once more, or in another person's session, then it is refused.
    assert "was made before" in officer.page.evaluate(asking, signed)
    other = town.people["operator-1"]
    other.go("/")
    assert "another session" in other.page.evaluate(asking, signed)


def test_a_session_signs_no_approval(town: Town) -> None:
    # Given somebody who is signed in,
    officer = town.people["officer-1"]
    officer.go("/")
    # when their session signs what needs the person's own key,
    said: str = officer.page.evaluate(
        """() => act("approve", "Approval", {}).then(() => "answered", (error) => error.said)"""
    )
    # then the console has no part for it; and who goes past the console is refused by the custodian.
    assert "no part for this act" in said
    letter: str = officer.page.evaluate(
        """async () => spoken(await configured(), await kept("session"), "review", "Nothing", {})"""
    )
    with Connection(town.stage.deployment / "sockets" / "repository", timeout=30) as repository:
        sealed = _sealed(town, bytes.fromhex(letter))
        with pytest.raises(Exception, match="your security key itself"):
            repository.call("ask", {}, (sealed,))


def test_who_leaves_is_outside(town: Town) -> None:
    # Given somebody who is signed in, when they leave,
    auditor = town.people["auditor-1"]
    auditor.go("/")
    token = kept(auditor)["token"]
    auditor.page.click("#leave")
    # then the shell is there, and the session is over in the server too.
    expect(auditor.page.locator("#way-in")).to_be_visible()
    assert status_of(auditor, "/", {"authorization": f"DPoP {token}", "accept": "text/html"})[0] == 401
    auditor.sign_in()


def _sealed(town: Town, letter: bytes) -> bytes:
    genesis = records.read(Genesis, (town.stage.deployment / "genesis.json").read_bytes())
    return seal(genesis.custodian_key, binding("ask", genesis.deployment), letter)


def test_other_pages_change_nothing(town: Town) -> None:
    # Given a page of another origin, when it posts to the console, or shows it in a frame, then nothing happens.
    officer = town.people["officer-1"]
    assert sent(officer.origin, "POST", "/leave", {"origin": "http://evil.localhost"}, "{}")[0] == 400
    assert sent(officer.origin, "POST", "/leave", {}, "{}")[0] == 400
    assert sent("http://evil.localhost:" + officer.origin.rpartition(":")[2], "GET", "/", {})[0] == 400
    page = officer.context.new_page()
    page.route(
        "http://evil.localhost/",
        lambda route: route.fulfill(
            content_type="text/html",
            body=f"<iframe src='{officer.origin}/'></iframe><form method=post action='{officer.origin}/leave'>",
        ),
    )
    page.goto("http://evil.localhost/")
    page.wait_for_timeout(500)
    assert all("officer-1" not in frame.content() for frame in page.frames if frame != page.main_frame)
    page.evaluate("document.forms[0].submit()")
    page.wait_for_load_state()
    page.close()
    officer.go("/")
    expect(officer.page.locator("dl.facts")).to_contain_text("officer-1")
