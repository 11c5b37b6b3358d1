"""The questionnaire's file: what is read, and that every fault is named with its place."""

import pytest

from countenance.errors import Malformed
from countenance.survey import budget, instrument, preview, starting
from countenance.vocabulary.survey import NO_ANSWER, Kind, Privacy
from simulator.surveys import OPEN, SMALL, small

SHIPPED = starting.made_up()


def test_the_questionnaire_to_begin_with_has_the_topics_of_2019_in_three_languages() -> None:
    asked = instrument.read(SHIPPED)
    topics = {question.topic for question in asked.questions}
    assert topics == {"comfort", "knowledge", "deletion", "leaks", "another-way", "trust"}
    for language in ("en", "zh", "ru"):
        assert asked.questions[0].text.said(language) in preview.text(asked, language)
    assert asked.privacy is Privacy.LOCAL
    with pytest.raises(Malformed):
        preview.text(asked, "de")


def test_the_fingerprint_of_the_words_is_another_for_whatever_people_would_read_otherwise() -> None:
    asked = small(OPEN)
    found = {language: preview.worded(asked, language) for language in ("en", "zh", "ru")}
    assert preview.worded(asked, "en").hex() in preview.text(asked, "en")
    texts = [
        OPEN.replace(*change) for change in (("Comfort", "Ease"), ("en: Good", "en: Fine"), ("en: Old", "en: Aged"))
    ]
    texts.append(
        OPEN.replace("kind: several", "kind: choice").replace(
            "- {id: shop", "- {id: stop, text: {en: S, zh: 车, ru: С}}\n      - {id: shop"
        )
    )
    others = {preview.worded(small(text), "en") for text in texts}
    assert len(others | set(found.values())) == len(texts) + 3
    # What nobody reads there is none of it.
    assert preview.worded(small(OPEN.replace("people: 600", "people: 500")), "en") == found["en"]


def test_every_item_can_be_left_without_an_answer() -> None:
    for item in instrument.read(SHIPPED).items:
        assert item.answers[-1] == NO_ANSWER
    assert [item.id for item in small().items] == ["comfort", "trust.shop"]
    assert small().questions[1].kind is Kind.SEVERAL


def test_chinese_sentences_end_where_they_do_there() -> None:
    sentence = "舒" * 50
    for end in "。！？；":
        assert small(OPEN.replace("zh: 舒服", f"zh: {sentence}{end}{sentence}")).questions[0].text.zh.count("舒") == 100
    assert small(OPEN.replace("zh: 舒服", f"zh: {'，'.join('舒' * 50)}"))


def test_words_that_yaml_would_make_truths_or_fractions_of_stay_words() -> None:
    asked = small(OPEN.replace("id: fine", "id: no").replace("epsilon: 2", "epsilon: 1.5"))
    assert asked.items[0].answers == ("uncomfortable", "no", NO_ANSWER)
    assert asked.epsilon == 1_500_000


FAULTS = {
    "no survey": ("survey: station\n", "", "survey is missing"),
    "capitals": ("survey: station", "survey: Station", "lower-case"),
    "another format": ("format: 1", "format: 2", "format must be 1"),
    "unknown key": ("version: 1", "version: 1\nrelevant: yes", "relevant is not known here"),
    "skip logic": ("    kind: likert", "    kind: likert\n    when: trust", "questions[1].when is not known"),
    "a language left out": (", ru: Удобно", "", "questions[1].text.ru is missing"),
    "one language more": (", ru: Удобно", ", ru: Удобно, de: Gut", "text.de is not known"),
    "no epsilon": ("epsilon: 2\n", "", "epsilon is missing"),
    "epsilon of nothing": ("epsilon: 2", "epsilon: 0", "above 0"),
    "epsilon that hides nothing": ("epsilon: 2", "epsilon: 20", "at most 8"),
    "epsilon in words": ("epsilon: 2", "epsilon: ln 3", "decimal number"),
    "epsilon in central": ("epsilon: 2", "privacy: central\nepsilon: 2", "no place beside"),
    "epsilon too thin": ("epsilon: 2\nwaves: 2", "epsilon: 0.001\nwaves: 2", "too thin"),
    "a kind that is none": ("kind: likert", "kind: slider", "must be one of choice, likert, several"),
    "one option": ("      - {id: fine, text: {en: Good, zh: 好, ru: Хорошо}}\n", "", "list of 2 to 12"),
    "an option twice": ("id: fine", "id: uncomfortable", "stands there twice"),
    "a question twice": ("id: trust", "id: comfort", "stands there twice"),
    "a part that is there already": ("id: young", "id: not-said", "every group has 'not-said' already"),
    "an option that is there already": ("id: shop", "id: none-of-these", "has 'none-of-these' already"),
    "people whom nobody counted": (
        "people: 400",
        'people: "?"',
        r"groups[1].parts[2].people: in place of every ? write",
    ),
    "no answer as an option": ("id: fine", "id: no-answer", "has 'no-answer' already"),
    "a scale in random order": ("    kind: likert", "    kind: likert\n    order: random", "steps of a scale"),
    "a group of few": ("people: 400", "people: 40", "fewer than 50 people"),
    "more reported than asked": ("waves: 2", "waves: 2\nreported: 3", "reported must be a whole number from 1 to 2"),
    "a sentence in Chinese without end": ("zh: 舒服", "zh: 舒服" + "很" * 49, "or 50 Chinese letters"),
    "a sentence without end": ("en: Comfort", "en: " + "very " * 26 + "long", "more than 25 words"),
    "a long text": ("en: Bad", "en: " + "long. " * 30, "at most 120"),
    "a list for a word": ("version: 1", "version: [1]", "single word"),
    "a word for a list": (
        "    options:\n      - {id: shop, text: {en: Shops, zh: 商店, ru: Магазины}}",
        "    options: shop",
        "list of 1",
    ),
    "a key twice": ("version: 1", "version: 1\nversion: 2", "line 4, column 1 is not YAML: a key stands twice"),
    "an anchor": ("version: 1", "version: &a 1", "anchors and tags"),
    "an alias": ("version: 1", "version: *a", "anchors and tags"),
    "a tag": ("version: 1", "version: !!python/object/apply:os.system [ls]", "anchors and tags"),
    "no YAML": ("title: {", "title: {{", "is not YAML"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place(fault: str) -> None:
    old, new, said = FAULTS[fault]
    assert old in SMALL
    with pytest.raises(Malformed) as caught:
        small(SMALL.replace(old, new, 1))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"- 1\n",
        b"\xff\xfe",
        b"a: " + b"[" * 5000,
        b"#" * 300_000,
        b"a: \x07",
        b'a: "\\UFFFFFFFF"',
        b'a: "\\U00110000"',
        b"%YAML 1." + b"1" * 5000 + b"\n",
    ],
)
def test_rubbish_is_no_questionnaire(data: bytes) -> None:
    with pytest.raises(Malformed):
        instrument.read(data)


def test_billions_cannot_be_laughed() -> None:
    lines = ["a: &a [x,x]"] + [
        f"{name}: &{name} [*{before},*{before}]" for before, name in zip("abc", "bcd", strict=True)
    ]
    with pytest.raises(Malformed):
        instrument.read("\n".join(lines).encode())


def test_the_preview_says_what_it_may_tell_of_one_person() -> None:
    said = preview.text(small(), "en")
    assert "local: epsilon 2 a person, over all answers and waves" in said
    assert "each with epsilon 0.5, in up to 2 waves" in said
    assert "OPEN: nobody is kept from answering twice" in said
    assert "central: no local privacy" in preview.text(small(OPEN.replace("epsilon: 2", "privacy: central")), "en")
    assert budget.of_item(small(OPEN.replace("epsilon: 2", "privacy: central"))) is None
