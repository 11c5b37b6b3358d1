"""Discovery: what answers on a camera network is listed and nothing else; strangers may answer what they like."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from countenance.errors import Malformed
from countenance.zones.edge import discovery
from countenance.zones.edge.discovery import Device, answered, discover

MESSAGE = "urn:uuid:0f6d8f6a-0000-4000-8000-000000000001"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
FOUND = "http://schemas.xmlsoap.org/ws/2005/04/discovery"


def answer(
    message: str = MESSAGE, *, scopes: str = "", addresses: str = "http://192.0.2.7/onvif", before: str = ""
) -> bytes:
    """As a camera answers."""
    scopes = scopes or "onvif://www.onvif.org/name/Hall%20East onvif://www.onvif.org/hardware/M-1"
    return (
        f'<?xml version="1.0"?>{before}<e:Envelope xmlns:e="{SOAP}" xmlns:w="{ADDRESSING}" xmlns:d="{FOUND}"><e:Header>'
        f"<w:RelatesTo>{message}</w:RelatesTo></e:Header><e:Body><d:ProbeMatches><d:ProbeMatch><w:EndpointReference>"
        "<w:Address>urn:uuid:1</w:Address></w:EndpointReference><d:Types>n:NetworkVideoTransmitter</d:Types>"
        f"<d:Scopes>{scopes}</d:Scopes><d:XAddrs>{addresses}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>"
        "</d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
    ).encode()


@contextmanager
def responder(*answers: bytes) -> Iterator[tuple[str, int]]:
    """Something on this machine that gives these answers to the first question; MESSAGE in them is the question's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(30)

        def speak() -> None:
            question, asker = line.recvfrom(65536)
            named = re.search(rb"<a:MessageID>(.*?)</a:MessageID>", question)
            assert named is not None
            for one in answers:
                line.sendto(one.replace(MESSAGE.encode(), named[1]), asker)

        speaking = threading.Thread(target=speak)
        speaking.start()
        yield line.getsockname()
        speaking.join()


def test_a_camera_answers_and_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MOST_ANSWERS", 2)
    with responder(answer(), answer(addresses="http://192.0.2.8/x http://127.0.0.1/onvif")) as group:
        found = discover(60.0, group=group)
    assert found == (
        Device("127.0.0.1", "Hall East", "M-1", "", "http://127.0.0.1/onvif"),
        Device("127.0.0.1", "Hall East", "M-1", "", "http://192.0.2.7/onvif"),
    )


def test_strangers_answers_are_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    other = answer("urn:uuid:another", scopes="onvif://www.onvif.org/name/other")
    rubbish = (b"", b"\x00" * 2000, b"<a>", answer(before="<!DOCTYPE a>"), b"<x>" * 3000, b"<a>" + b"y" * 20_000)
    monkeypatch.setattr(discovery, "MOST_ANSWERS", len(rubbish) + 2)
    with responder(*rubbish, other, answer()) as group:
        assert [one.name for one in discover(60.0, group=group)] == ["Hall East"]


def test_nobody_answers() -> None:
    with responder() as group:
        assert discover(0.2, group=group) == ()


def test_no_more_answers_are_read_than_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MOST_ANSWERS", 2)
    names = [answer(scopes=f"onvif://www.onvif.org/name/{number}") for number in range(5)]
    with responder(*names) as group:
        assert len(discover(60.0, group=group)) == 2


BOMB = (
    '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">'
    '<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize("before", [BOMB, OUTSIDE, "<!DOCTYPE a>", '<!DOCTYPE a SYSTEM "http://192.0.2.9/a.dtd">'])
def test_document_types_are_refused(before: str) -> None:
    with pytest.raises(Malformed, match="document type"):
        answered(answer(before=before, scopes="&b;" if "ENTITY b" in before else ""), MESSAGE, "192.0.2.7")


def test_an_answer_is_no_deeper_and_no_longer_than_a_cameras() -> None:
    with pytest.raises(Malformed, match="deep"):
        answered(b"<a>" * 40 + b"</a>" * 40, MESSAGE, "192.0.2.7")
    with pytest.raises(Malformed, match="bytes"):
        answered(answer(scopes="x" * 20_000), MESSAGE, "192.0.2.7")


def test_an_answer_to_another_question_is_none_to_this() -> None:
    with pytest.raises(Malformed, match="names the question"):
        answered(answer("urn:uuid:another"), MESSAGE, "192.0.2.7")


@pytest.mark.parametrize("addresses", ["javascript:alert(1)", "http://", "http://user:pass@192.0.2.7/", "http://[", ""])
def test_what_is_no_address_of_a_service_is_not_shown(addresses: str) -> None:
    (device,) = answered(answer(addresses=addresses), MESSAGE, "192.0.2.7")
    assert device.service == ""


def test_control_characters_reach_no_terminal() -> None:
    (device,) = answered(answer(scopes="onvif://www.onvif.org/name/a%1B%5B31mb%E2%80%AE"), MESSAGE, "192.0.2.7")
    assert device.name == "a[31mb"


def test_an_interface_is_an_address() -> None:
    with pytest.raises(Malformed, match="IPv4"):
        discover(0.1, interface="eth0")
