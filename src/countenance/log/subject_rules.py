"""The rules an auditor holds what people ask about themselves against, pure: entries in, irregularities out.

The rules (the numbers are in the code; those of the other rooms go before; how many clerks, `log.rules` says):

18. A subject's own request is drafted by an edge that is enrolled as a kiosk then. It is no gallery. It is disclosed
    under where its draft says that a copy was asked for, which takes two clerks, to a clerk whose last word was a yes.
19. A question with a face follows from such a draft, and an answer from its question.
20. What is lifted was restricted, its erasure was not ordered, and it is lifted once.

That a kiosk signed it, and that its subject stood there, entries cannot show: the clerk who approved it says so.
"""

from collections.abc import Mapping, Sequence

from countenance.log.rules import Irregularity
from countenance.log.versions import SUBJECT_ACCESS, Facts
from countenance.vocabulary.entries import Entry, Kind

_KIOSK = "kiosk"
CLERKS_FOR_PICTURES = 2


def check(entries: Sequence[Entry]) -> tuple[Irregularity, ...]:
    """What breaks rules 18 to 20."""
    kiosks: set[str] = set()
    own: dict[str, bool] = {}
    clerks: dict[str, dict[str, bool]] = {}
    settled: set[int] = set()
    found: list[Irregularity] = []
    for index, entry in enumerate(entries):
        facts, of = dict(entry.facts), entries[entry.of] if 0 <= entry.of < index else None
        wrong = ""
        if entry.kind is Kind.EDGE and facts.get("kind") == _KIOSK:
            change = kiosks.discard if facts.get("change") == "revoked" else kiosks.add
            change(facts.get("edge", ""))
        elif entry.kind is Kind.DRAFTED and facts.get("kind") == SUBJECT_ACCESS:
            own[facts.get("warrant", "")] = facts.get("copy") == "asked"
            if facts.get("requester") not in kiosks:  # (18)
                wrong = "drafts a subject's own request that no kiosk filed"
            elif "copy" in facts and facts.get("clerks") != str(CLERKS_FOR_PICTURES):
                wrong = "asks for a copy of pictures by fewer clerks than two"
        elif entry.kind in (Kind.APPROVED, Kind.DECLINED) and facts.get("warrant") in own:
            clerks.setdefault(facts["warrant"], {})[facts.get("person", "")] = entry.kind is Kind.APPROVED
        elif entry.kind is Kind.AUTHORISED and facts.get("warrant") in own:
            wrong = _acted(facts, copy=own[facts["warrant"]], said=clerks.get(facts["warrant"], {}))
        elif entry.kind in (Kind.ASKED, Kind.REPLIED):
            wrong = _door(entry, facts, of)
        elif entry.kind in (Kind.LIFTED, Kind.ERASURE_ORDERED):
            same = (
                of is not None and of.kind is Kind.RESTRICTED and dict(of.facts).get("request") == facts.get("request")
            )
            if entry.kind is Kind.LIFTED and (not same or entry.of in settled):  # (20)
                wrong = "lifts what was not restricted, or is lifted or to be erased already"
            settled.add(entry.of)
        if wrong:
            found.append(Irregularity(index, wrong))
    return tuple(found)


def _acted(facts: Facts, *, copy: bool, said: Mapping[str, bool]) -> str:  # (18)
    """What is wrong with an act under a subject's own request; empty for nothing. `said`: clerks' last words."""
    if facts.get("act") == "disclosure" and copy:
        return "" if said.get(facts.get("person", "")) else "gives a copy to somebody else than a clerk who approved it"
    if facts.get("act") in ("search", "still"):
        return ""
    return "does more under a subject's own request than search and review"


def _door(entry: Entry, facts: Facts, of: Entry | None) -> str:  # (19)
    """What is wrong with a question or an answer; empty for nothing."""
    if entry.kind is Kind.ASKED:
        draft = of is not None and of.kind is Kind.DRAFTED and dict(of.facts).get("kind") == SUBJECT_ACCESS
        return "" if entry.of == -1 or draft else "asks with a face, and no subject's own request was drafted"
    of_it = of is not None and of.kind is Kind.ASKED and dict(of.facts).get("request") == facts.get("request")
    return "" if of_it else "answers a question that nobody asked"
