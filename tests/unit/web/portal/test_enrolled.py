"""The pages of enrolled people, before a real gallery custodian."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Tampered
from countenance.formats import canonical, records
from countenance.rights import consents
from countenance.survey import waves
from countenance.survey.receiving import Receiver
from countenance.vocabulary.consents import BY_CONSENT
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.web.kit import codes
from countenance.web.portal.application import application
from countenance.web.portal.house import Beside
from simulator.asgi import Answer, Client
from simulator.door import ORIGIN, SETTINGS
from simulator.gallery import GALLERY, Watched, masked_rows, probe
from simulator.people import unit

PERSON = unit(7)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    found = Watched(tmp_path / "gallery")
    found.open()
    found.populate()
    yield found
    found.custodian.close()


@pytest.fixture
def client(watched: Watched) -> Client:
    return portal(watched)


def portal(watched: Watched, *, has_galleries: bool = True) -> Client:
    genesis = replace(watched.of, portal=ApprovalOrigin("portal.localhost", ORIGIN, ()))
    app = application(
        genesis,
        lambda verb, body, blobs: watched.handlers[verb](Message(verb, dict(body), blobs)),
        SETTINGS,
        clock=watched.clock,
        random=lambda size: bytes(range(size)),
        beside=Beside(Receiver(Path("nowhere"), waves.today), lambda: watched.genesis if has_galleries else None),
    )
    return Client(app, ORIGIN)


def post(client: Client, path: str, **fields: str) -> Answer:
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
    return client.post(path, urlencode(fields).encode(), headers)


def agreed(client: Client) -> tuple[str, str]:
    page = post(client, "/en/enrol", agreed="yes").text
    found = [re.search(rf'id="{name}">([A-Z2-7-]+)<', page) for name in ("code", "number")]
    assert all(found), page
    code, number = (one[1] for one in found if one)
    return code, number


def enrolled(watched: Watched, client: Client) -> str:
    code, number = agreed(client)
    text = watched.stand(PERSON, purpose="alone at night", legal_basis=BY_CONSENT, consent=codes.read(number))
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), PERSON))
    watched.compare()
    return code


def test_nothing_is_made_without_an_explicit_yes(client: Client) -> None:
    refused = post(client, "/en/enrol")
    assert refused.status == 400
    assert "Tick the box" in refused.text
    assert 'id="code"' not in refused.text
    assert "checked" not in client.get("/en/enrol").text


def test_the_code_shows_what_is_held_and_who_looked(watched: Watched, client: Client) -> None:
    code = enrolled(watched, client)
    for language, sentence in (("en", "look for you now"), ("zh", "正在识别您"), ("ru", "сейчас вас ищут")):
        page = post(client, f"/{language}/enrolled", code=code)
        assert sentence in page.text
        assert "alone at night" in page.text
        assert "<script" not in page.text
    page = post(client, "/en/enrolled", code=code).text
    assert "a camera took somebody for you" in page
    for address in re.findall(r'(?:href|action|src)="([^"]*)"', page):
        assert code not in address


def test_one_button_ends_it_and_the_receipts_hold(watched: Watched, client: Client) -> None:
    code = enrolled(watched, client)
    before = post(client, "/en/enrolled/receipt", code=code)
    assert before.headers["content-disposition"] == f'attachment; filename="countenance-consent-{GALLERY}.json"'
    ended = post(client, "/en/enrolled/withdraw", code=code)
    assert "you have ended it" in ended.text
    assert "Gone from every copy by" in ended.text
    assert 'action="/en/enrolled/withdraw"' not in ended.text
    assert client.get("/ru/enrolled/withdraw").status == 200
    after = post(client, "/en/enrolled/receipt", code=code)
    for file, status in ((before, "dpv:ConsentGiven"), (after, "dpv:ConsentWithdrawn")):
        consents.check(file.body, watched.genesis)
        said = canonical.read(file.body)
        assert isinstance(said, dict)
        assert (said["@type"], said["dpv:hasConsentStatus"]) == ("dpv:ConsentReceipt", status)
        assert said["dpv:hasDataController"]["dpv:hasName"] == "City of Example"


@pytest.mark.parametrize(
    "forge",
    [
        lambda said: said | {"dpv:hasConsentStatus": "dpv:ConsentGiven"},
        lambda said: said | {"dpv:hasPersonalData": []},
        lambda said: said | {"dpv:hasPurpose": {"@type": "dpv:Purpose", "dct:title": "anything"}},
        lambda said: said | {consents.HELD: said[consents.HELD] | {"gone_by": 1}},
        lambda said: said | {consents.HELD: said[consents.HELD] | {"state": "standing"}},
        lambda said: said | {consents.HELD: said[consents.HELD] | {"entries": said[consents.HELD]["entries"][:1]}},
        lambda said: said | {consents.HELD: said[consents.HELD] | {"gallery": "0" * 16}},
    ],
)
def test_a_receipt_that_was_changed_does_not_hold(watched: Watched, client: Client, forge: object) -> None:
    code = enrolled(watched, client)
    post(client, "/en/enrolled/withdraw", code=code)
    given = canonical.read(post(client, "/en/enrolled/receipt", code=code).body)
    assert callable(forge)
    with pytest.raises(Tampered):
        consents.check(canonical.write(forge(given)), watched.genesis)


def test_what_was_agreed_cannot_be_changed_in_a_receipt(watched: Watched, client: Client) -> None:
    given = canonical.read(post(client, "/en/enrolled/receipt", code=enrolled(watched, client)).body)
    assert isinstance(given, dict)
    held = given[consents.HELD]
    forged = given | {consents.HELD: held | {"text": held["text"].replace("alone at night", "advertising")}}
    with pytest.raises(Tampered, match="not the one that was approved"):
        consents.check(canonical.write(forged), watched.genesis)
    with pytest.raises(Malformed):
        consents.check(b"{}", watched.genesis)
    with pytest.raises(CountenanceError):
        consents.check(records.write(watched.genesis), watched.genesis)


def test_a_wrong_code_is_a_sentence_and_so_is_a_place_without_galleries(watched: Watched, client: Client) -> None:
    assert post(client, "/en/enrolled", code="too short").status == 400
    unknown = post(client, "/en/enrolled", code=codes.spelled(bytes(16)))
    assert (unknown.status, "Nobody is enrolled with this code" in unknown.text) == (403, True)
    without = portal(watched, has_galleries=False)
    for nowhere in (
        post(without, "/en/enrolled", code=codes.spelled(bytes(16))),
        post(without, "/en/enrol", agreed="yes"),
        without.get("/en/enrol"),
    ):
        assert (nowhere.status, "Nobody is enrolled here" in nowhere.text) == (404, True)
        assert 'id="code"' not in nowhere.text


def test_the_number_opens_nothing(watched: Watched, client: Client) -> None:
    enrolled(watched, client)
    _, number = agreed(client)
    assert post(client, "/en/enrolled", code=number).status == 403
    assert post(client, "/en/enrolled/withdraw", code=number).status == 403
