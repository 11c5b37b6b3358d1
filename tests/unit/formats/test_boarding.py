"""Boarding passes: the examples of IATA Resolution 792 (version 5, attachment B), and what is none.

The examples are quoted as they stand in the tests of KDE's kitinerary and of the crate iata_bcbp, which name that
attachment as their source; security data is shortened there.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.errors import Malformed
from countenance.formats import base45, boarding
from countenance.vocabulary.gates import Flight, Ticket

ALL = (
    "M1DESMARAIS/LUC       EAB12C3 YULFRAAC 0834 326J003A0027 167>5321WW1325BAC 00141234560020014123467001001412347890"
    "12A0141234567890 1AC AC 1234567890123    4PCYLX58Z^108ABCDEFGH"
)
TWO = (
    "M2DESMARAIS/LUC       EAB12C3 YULFRAAC 0834 326J003A0027 167>5321WW1325BAC 00141234560020014123467001001412347890"
    "12A0141234567890 1AC AC 1234567890123    4PCYLX58ZDEF456 FRAGVALH 3664 327C012C0002 12E2A0140987654321 1AC AC "
    "1234567890123    3PCNWQ^108ABCDEFGH"
)
PARTIAL = (
    "M2GRANDMAIRE/MELANIE  EABC123 GVACDGAF 0123 339C002F0025 130>5002A0571234567890  AF AF 1234567890123456    "
    "YDEF456 CDGDTWNW 0049 339F001A0002 12C2A012098765432101                       2PC ^18ABCDEFGH"
)
ONE = "M1DESMARAIS/LUC       EABC123 YULFRAAC 0834 326J001A0025 100"


@pytest.mark.parametrize(
    ("code", "tickets"),
    [
        (ONE, [("AC", "834", 326, "YUL", "FRA", "ABC123", "0025")]),
        (ALL, [("AC", "834", 326, "YUL", "FRA", "AB12C3", "0027")]),
        (
            "M1GRANDMAIRE/MELANIE  EABC123 GVACDGAF 0123 339C002F0025 130>5002A0571234567890  AF AF 1234567890123456   "
            " Y^18ABCDEFGH",
            [("AF", "123", 339, "GVA", "CDG", "ABC123", "0025")],
        ),
        (
            TWO,
            [
                ("AC", "834", 326, "YUL", "FRA", "AB12C3", "0027"),
                ("LH", "3664", 327, "FRA", "GVA", "DEF456", "0002"),
            ],
        ),
        (
            PARTIAL,
            [("AF", "123", 339, "GVA", "CDG", "ABC123", "0025"), ("NW", "49", 339, "CDG", "DTW", "DEF456", "0002")],
        ),
    ],
)
def test_the_examples_of_the_resolution(code: str, tickets: list[tuple[object, ...]]) -> None:
    assert [
        (t.flight.carrier, t.flight.number, t.flight.day, t.flight.origin, t.flight.destination, t.booking, t.sequence)
        for t in boarding.read(code)
    ] == tickets


def test_the_leg_of_one_flight_is_found_and_no_name_is_kept() -> None:
    ticket = boarding.on(TWO, Flight("LH", "3664", 327, "FRA", "GVA"))
    assert ticket == Ticket(Flight("LH", "3664", 327, "FRA", "GVA"), "DEF456", "0002")
    assert repr(ticket) == "Ticket(LH3664-327-FRA-GVA)"
    with pytest.raises(Malformed, match="another flight"):
        boarding.on(TWO, Flight("LH", "3664", 328, "FRA", "GVA"))


@pytest.mark.parametrize(
    "code",
    ["", ONE[:-1], ONE + "X", "M2" + ONE[2:], "M0" + ONE[2:], "S1" + ONE[2:], ONE.replace("YUL", "yul"),
     ONE[:-2] + "01",
     ONE.replace("326J", "367J"), ONE.replace("326J", "000J"), ONE.replace("ABC123", "AB 123"), ONE + "^" + "A" * 400,
     ONE.replace("DESMARAIS", "DÉSMARAIS"), ONE[:-2] + "ff"],
)  # fmt: skip
def test_what_is_no_boarding_pass_is_refused(code: str) -> None:
    with pytest.raises(Malformed):
        boarding.read(code)


@given(st.text(max_size=120) | st.builds(lambda at, word: TWO[:at] + word + TWO[at:], st.integers(0, 240), st.text()))
def test_whatever_is_scanned_is_tickets_or_malformed(code: str) -> None:
    try:
        found = boarding.read(code)
    except Malformed:
        return
    assert all(1 <= one.flight.day <= 366 and one.booking for one in found)


@given(st.binary(max_size=64))
def test_base45_reads_what_it_writes(data: bytes) -> None:
    assert base45.read(base45.write(data)) == data


@given(st.text(alphabet=base45.LETTERS + "é\n", max_size=12))
def test_base45_has_one_spelling(text: str) -> None:
    try:
        data = base45.read(text)
    except Malformed:
        return
    assert base45.write(data) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")],
)
def test_the_examples_of_rfc_9285(data: bytes, text: str) -> None:
    assert base45.write(data) == text
    assert base45.read(text) == data


@pytest.mark.parametrize("text", ["GGW", "::", "A", "bb8", ":::"])
def test_what_base45_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        base45.read(text)
