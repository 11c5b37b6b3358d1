"""Signs: one sheet in three languages; the code in SVG and PDF leads to the notice; no letter is left out."""

import re
import xml.etree.ElementTree as ET
import zlib
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers

from countenance.vocabulary.cameras import Camera
from countenance.web.kit.pages import Pages, Words
from countenance.web.portal import drawing
from countenance.web.portal.configuration import PortalSettings
from countenance.web.portal.drawing import Shape, Style, drawn, wrapped
from countenance.web.portal.notices import Notice, Word
from simulator.door import ORIGIN, SETTINGS, Door

SVG = "{http://www.w3.org/2000/svg}"
SCALE = 4  # Pixels a millimetre.


def words(language: str) -> Words:
    return Pages("countenance.web.portal", {}).words(Headers({"accept-language": language}), "sign")


def read(polygons: list[np.ndarray], width: float, height: float) -> str:
    """What a scanner reads where these polygons are black. Points in millimetres."""
    picture = np.full((round(height * SCALE), round(width * SCALE)), 255, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(picture, [np.round(polygon * SCALE * 16).astype(np.int32)], 0, shift=4)
    return str(cv2.QRCodeDetector().detectAndDecode(picture)[0])


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_the_svg_is_a_sheet_of_a4_whose_code_leads_to_the_notice(door: Door, language: str) -> None:
    answer = door.get(f"/{language}/cameras/hall/sign.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert f"sign-hall-{language}.svg" in answer.headers["content-disposition"]
    root = ET.fromstring(answer.text)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("210mm", "297mm", "0 0 210 297")
    assert {one.tag.removeprefix(SVG) for one in root} == {"title", "path", "text"}
    code = root.findall(f"{SVG}path")[-1].get("d") or ""
    polygons = [
        np.array([[float(n) for n in point.split()] for point in part.rstrip("Z").split("L")])
        for part in code.split("M")[1:]
    ]
    assert read(polygons, drawing.WIDTH, drawing.HEIGHT) == f"{ORIGIN}/c/hall"
    text = " ".join(one.text or "" for one in root.findall(f"{SVG}text"))
    for said in ("lost persons", "City of Example", "privacy@transport.example", "72", f"{ORIGIN} /c/hall"):
        assert said in text


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_pdf_is_one_page_with_its_letters_whose_code_leads_to_the_notice(door: Door, language: str) -> None:
    answer = door.get(f"/{language}/cameras/hall/sign.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    pdf = answer.body
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/MediaBox [0 0 595.28 841.89]") == 1
    assert pdf.count(b"/FontFile2") == 2
    assert b"/Subtype /Image" not in pdf
    assert door.get(f"/{language}/cameras/hall/sign.pdf").body == pdf
    starts = [found.end() for found in re.finditer(rb"\bstream\r?\n", pdf)]
    streams = [zlib.decompressobj().decompress(pdf[at:]) for at in starts if pdf[at : at + 1] == b"x"]
    (page,) = [one.decode("latin-1") for one in streams if b" re" in one or b" l\n" in one or b" l " in one]
    code = max(re.findall(r"(?:[\d.-]+ [\d.-]+ m\s(?:[\d.-]+ [\d.-]+ l\s)+h\s*)+", page), key=len)
    polygons = [
        np.array([[float(n) for n in point[:2]] for point in re.findall(r"([\d.-]+) ([\d.-]+) [ml]", part)])
        for part in code.split("h")[:-1]
    ]
    # Whatever the file's unit and origin are, the code is what lies between its outermost corners.
    corners = np.concatenate(polygons)
    least, side = corners.min(axis=0), (corners.max(axis=0) - corners.min(axis=0)).max()
    found = [(polygon - least) * 60 / side + 10 for polygon in polygons]
    upright = [np.stack((one[:, 0], 80 - one[:, 1]), axis=1) for one in found]
    assert f"{ORIGIN}/c/hall" in {read(found, 80, 80), read(upright, 80, 80)}


def test_where_letters_are_missing_the_browser_prints(door: Door) -> None:
    for language, camera in (("zh", "hall"), ("en", "square")):
        if language == "en":
            door.cameras[camera] = replace(door.cameras[camera], place="北站 hall")
        answer = door.get(f"/{language}/cameras/{camera}/sign.pdf")
        assert (answer.status, answer.headers["location"]) == (303, f"/{language}/cameras/{camera}/sign#no-pdf")
        page = door.get(f"/{language}/cameras/{camera}/sign").text
        assert 'id="no-pdf"' in page
        assert "sign.pdf" not in page
        assert "sign.svg" in page
    assert "sign.pdf" in door.get("/en/cameras/hall/sign").text


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
@pytest.mark.parametrize("camera", ["hall", "square"])
def test_all_of_our_own_words_stand_on_the_sheet(door: Door, language: str, camera: str) -> None:
    sheet = drawn(
        _notice(door, camera), words(language), SETTINGS, "https://portal.transport.example/c/hall-east-12", demo=True
    )
    assert not any("…" in line.text for line in sheet.lines)
    assert words(language).demo[:10] in " ".join(line.text for line in sheet.lines)


@settings(deadline=None)
@given(
    place=st.text(max_size=500),
    purpose=st.text(alphabet="mW 北. ", max_size=500),
    name=st.from_regex(r"[a-z0-9.-]{1,64}", fullmatch=True),
)
def test_whatever_is_declared_nothing_lies_on_the_code_or_off_the_sheet(place: str, purpose: str, name: str) -> None:
    camera = Camera(name, "edge", place, purpose, "law", "dpia", "notice", 72, publicly_accessible=False)
    told = PortalSettings(controller=place, contact=purpose)
    for language in ("en", "ru", "zh"):
        sheet = drawn(Notice(camera, Word.UNHEARD, None, None), words(language), told, f"{ORIGIN}/c/{name}", demo=True)
        code = sheet.shapes[-1]
        corners = [point for polygon in code.polygons for point in polygon]
        top, right = min(y for _, y in corners), max(x for x, _ in corners)
        for line in sheet.lines:
            assert 0 < line.y < drawing.HEIGHT - 4
            assert line.x + drawing._width(line.text, line.style) <= drawing.WIDTH
            beside = line.x >= right + 4
            under = line.y - line.style.size >= max(y for _, y in corners)
            assert line.y + 1 < top or beside or under, line


@settings(deadline=None)
@given(st.text(max_size=200), st.floats(20, 200))
def test_wrapping_loses_no_letter(text: str, room: float) -> None:
    lines = wrapped(text, room, Style(5))
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) == 1 or drawing._width(line, Style(5)) <= room for line in lines)


def test_a_shape_is_spelled_as_svg() -> None:
    assert Shape((((0, 0), (1, 0), (1, 2.5)),), "#000000").path == "M0 0L1 0L1 2.5Z"


def _notice(door: Door, camera: str) -> Notice:
    return Notice(door.cameras[camera], Word.UNHEARD, None, None)
