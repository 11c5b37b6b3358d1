"""Addresses of services: what is one, and what it is made of."""

import pytest

from countenance.errors import Malformed
from countenance.formats.address import LONGEST, place


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://carrier.example", ("https", "carrier.example", "")),
        ("https://carrier.example/", ("https", "carrier.example", "")),
        ("https://carrier.example:8443/a/b-1/", ("https", "carrier.example:8443", "/a/b-1")),
        ("https://[2001:db8::1]:443/x%20y", ("https", "[2001:db8::1]:443", "/x%20y")),
        ("https://127.0.0.1:1", ("https", "127.0.0.1:1", "")),
    ],
)
def test_its_parts(url: str, parts: tuple[str, str, str]) -> None:
    assert place(url, "carrier") == parts


@pytest.mark.parametrize(
    "url",
    [
        "", "https://", "https:///path", "http://a.example", "ftp://a.example", "a.example", "https://a b/",
        "https://a.example/x y", "https://a.example/?q", "https://a.example/#f", "https://u:p@a.example/",
        "https://a.example:0/", "https://a.example:65536/", "https://a.example:/", "https://a.example/\n",
        "https://\u0430.example/", "https://-a.example/", "https://a.example/" + "x" * LONGEST, "HTTPS://a.example",
    ],
)  # fmt: skip
def test_what_is_none(url: str) -> None:
    with pytest.raises(Malformed, match="https://host/path"):
        place(url, "carrier")


def test_http_only_where_it_is_asked_for() -> None:
    assert place("http://w.example/x", "witness", ("http", "https"))[0] == "http"
