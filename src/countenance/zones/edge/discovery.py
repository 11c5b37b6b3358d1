"""Discovery: which cameras on this host's network say that they speak ONVIF (WS-Discovery 1.0, ONVIF Core section 7).

One question goes to the multicast group; whoever answers within the time is listed. Invariants:

* An answer says nothing that anybody vouches for: nothing is fetched from it, added or connected to.
* Answers are bounded in size, number and time, and read by a parser that refuses every document type, so that there
  are no entities to expand and nothing to load.
* Only answers to this question count, and what of them is shown holds no control characters.
"""

import socket
import struct
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit
from xml.parsers import expat

from countenance.errors import Malformed, Unavailable

GROUP: Final = ("239.255.255.250", 3702)
LARGEST_ANSWER: Final = 16 * 1024
"""Bytes; an answer of a camera has one or two thousand."""

MOST_ANSWERS: Final = 1024
MOST_DEEP: Final = 32
_LONGEST_WORD: Final = 200
_LONGEST_TEXT: Final = 4096
_SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"
_ADDRESSING: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_DISCOVERY: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_NETWORK: Final = "http://www.onvif.org/ver10/network/wsdl"
_RELATES: Final = f"{_ADDRESSING} RelatesTo"
_MATCH: Final = f"{_DISCOVERY} ProbeMatch"
_SCOPE: Final = "onvif://www.onvif.org/"


@dataclass(frozen=True, slots=True, order=True)
class Device:
    """What one device says of itself. `address`: the IP address that the answer came from; the rest: its own words.

    `service`: where its ONVIF service is, if that is an address that begins with http.
    """

    address: str
    name: str
    hardware: str
    location: str
    service: str


@dataclass(slots=True)
class _Read:
    """One answer as it is read. `path`: of the element that is open; `matches`: its devices' texts by local name."""

    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    length: int = 0
    relates: str = ""
    matches: list[dict[str, str]] = field(default_factory=list)


def probe(message: str) -> bytes:
    """The question for devices that send video. `message`: its id, a URN."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<s:Envelope xmlns:s="{_SOAP}" xmlns:a="{_ADDRESSING}" xmlns:d="{_DISCOVERY}" xmlns:n="{_NETWORK}"><s:Header>'
        f"<a:MessageID>{message}</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
        f"<a:Action>{_DISCOVERY}/Probe</a:Action></s:Header>"
        "<s:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>"
    ).encode()


def discover(
    seconds: float,
    *,
    interface: str = "",
    group: tuple[str, int] = GROUP,
    ticks: Callable[[], float] = time.monotonic,
) -> tuple[Device, ...]:
    """Who answers within `seconds`, in order of address. `interface`: IPv4 address of the card to ask on.

    Raises Malformed for an interface that is no address, Unavailable where the network cannot be asked.
    """
    message, found = f"urn:uuid:{uuid.uuid4()}", set[Device]()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, struct.pack("b", 1))
            if interface:
                line.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, _packed(interface))
            line.sendto(probe(message), group)
            end = ticks() + seconds
            for _ in range(MOST_ANSWERS):
                left = end - ticks()
                if left <= 0:
                    break
                line.settimeout(left)
                try:
                    data, (address, _) = line.recvfrom(LARGEST_ANSWER + 1)
                except TimeoutError:
                    break
                found.update(_devices(data, message, address))
    except OSError as error:
        raise Unavailable(
            f"the network cannot be asked ({error.strerror}): give --interface with this host's address in the "
            "cameras' network"
        ) from error
    return tuple(sorted(found))


def answered(data: bytes, message: str, address: str) -> tuple[Device, ...]:
    """The devices in one answer to the question `message`. Raises Malformed for one that is none."""
    if len(data) > LARGEST_ANSWER:
        raise Malformed(f"an answer of a camera is at most {LARGEST_ANSWER} bytes")
    read = _Read()
    parser = _parser(read)
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Malformed("an answer of a camera is an XML document that can be read") from error
    if read.relates != message:
        raise Malformed("an answer of a camera names the question it answers")
    return tuple(_device(match, address) for match in read.matches)


def _devices(data: bytes, message: str, address: str) -> tuple[Device, ...]:
    """As `answered`; what cannot be read is nobody's: strangers may send here what they like."""
    try:
        return answered(data, message, address)
    except Malformed:
        return ()


def _parser(read: _Read) -> expat.XMLParserType:
    def begins(name: str, attributes: dict[str, str]) -> None:
        del attributes
        if len(read.path) >= MOST_DEEP:
            raise Malformed("an answer of a camera is not nested this deep")
        read.path.append(name)
        read.text, read.length = [], 0
        if name == _MATCH:
            read.matches.append({})

    def says(text: str) -> None:
        read.length += len(text)
        if read.length <= _LONGEST_TEXT:
            read.text.append(text)

    def ends(name: str) -> None:
        said = "".join(read.text).strip()
        read.path.pop()
        if name == _RELATES:
            read.relates = said
        elif name.startswith(f"{_DISCOVERY} ") and _MATCH in read.path:
            read.matches[-1][name.partition(" ")[2]] = said
        read.text, read.length = [], 0

    def refused(*_: object) -> None:
        raise Malformed("an answer of a camera declares no document type")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    parser.StartElementHandler = begins
    parser.CharacterDataHandler = says
    parser.EndElementHandler = ends
    return parser


def _device(match: dict[str, str], address: str) -> Device:
    scopes = match.get("Scopes", "").split()
    services = [one for one in match.get("XAddrs", "").split() if _is_web(one)]
    own = [one for one in services if urlsplit(one).hostname == address]
    return Device(
        address=address,
        name=_scope(scopes, "name/"),
        hardware=_scope(scopes, "hardware/"),
        location=_scope(scopes, "location/"),
        service=_plain((own or services or [""])[0]),
    )


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _scope(scopes: list[str], kind: str) -> str:
    begins = _SCOPE + kind
    return _plain(" ".join(unquote(one[len(begins) :]) for one in scopes if one.startswith(begins)))


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST_WORD]


def _packed(interface: str) -> bytes:
    try:
        return socket.inet_aton(interface)
    except OSError as error:
        raise Malformed("--interface takes an IPv4 address of this host, e.g. 192.0.2.10") from error
