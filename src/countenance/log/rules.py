"""The rules an auditor holds every entry against, pure: entries in, irregularities out.

The rules (the numbers are in the code):

1. Entry 0, and no other, is the genesis, with the digest of this genesis record. Time never goes back.
2. A version of a warrant is authorised only after a quorum: persons enough, each one's last word a yes over this very
   hash, of two organisations at least, never the requester's. An urgent one is authorised after one person's yes, a
   subject's own request after as many clerks' as its draft says, one or two.
   At a second custodian a version may be *presented* to it first when it is used, and others left out.
3. What is authorised is the newest version, by its hash, not after its expiry, and not searched more often than it may.
4. A candidate's still is shown to two people under all versions of a warrant, and to a third once both have given a
   verdict without an outcome; never to the requester. A disclosure follows confirming verdicts; copies are numbered.
5. Every authorised act has exactly one outcome, *delivered* or *outcome unknown*, that follows from it.
6. Every erasure follows an order, and every order is carried out; before its time only a quorum orders.
7. Keys of a camera go to an enrolled edge, for a camera that was declared.
8. A gallery alerts, or a flight's names and strikes out, as often as its draft says, only while it is authorised and
   stands; when its time is over its key is destroyed.
9. An alarm about a probe follows from its warrant's draft and names other warrants, drafted before.
10. Templates are made anew only under an order that a quorum approved, as in 2, within its cameras and hours and before
    its expiry; what was made follows from an entry that says it was begun.
11. Padding says nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from countenance.formats import records
from countenance.log.versions import SUBJECT_ACCESS, Facts, Version, kind_of, whole
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Moment

# Milliseconds in which an act that was authorised or ordered has an outcome, while the log goes on.
OUTCOME_WITHIN = 15 * 60 * 1000
LEAST_ORGANISATIONS = 2
REVIEWERS = 2


@dataclass(frozen=True, slots=True)
class Irregularity:
    """What is not as it should be. `index`: the entry it shows at, or -1 for the log as a whole."""

    index: int
    what: str


# Warrant, number and sighting.
Candidate = tuple[str, str, str]


def check(entries: Sequence[Entry], genesis: Genesis) -> tuple[tuple[Irregularity, ...], int]:
    """What breaks a rule, and how many acts are still under way at the end of the log."""
    return _Reader(entries, genesis).read()


class _Reader:
    """Goes through the log once, knowing what came before."""

    def __init__(self, entries: Sequence[Entry], genesis: Genesis) -> None:
        self._entries = entries
        self._genesis = genesis
        self._found: list[Irregularity] = []
        self._versions: dict[str, list[Version]] = {}
        self._words: dict[tuple[str, str], dict[str, tuple[str, bool]]] = {}
        self._searches: Counter[tuple[str, int]] = Counter()
        self._copies: Counter[tuple[str, str]] = Counter()
        self._judges: dict[Candidate, set[str]] = {}
        self._decided: dict[Candidate, bool] = {}
        self._shown: dict[tuple[str, str], set[str]] = {}
        self._waiting: dict[int, Kind] = {}
        self._declared: set[str] = set()
        self._enrolled: set[str] = set()
        self._galleries: dict[str, Moment] = {}
        self._asked: Counter[str] = Counter()
        self._ended: set[str] = set()
        self._migrations: dict[str, Version] = {}
        self._remaking: set[int] = set()
        self._rules: Mapping[Kind, Callable[[int, Entry, Facts], None]] = {
            Kind.DRAFTED: self._version,
            Kind.NARROWED: self._version,
            Kind.PRESENTED: self._presented,
            Kind.APPROVED: self._word,
            Kind.DECLINED: self._word,
            Kind.ALARMED: self._alarmed,
            Kind.AUTHORISED: self._authorised,
            Kind.DELIVERED: self._outcome,
            Kind.OUTCOME_UNKNOWN: self._outcome,
            Kind.REVIEWED: self._reviewed,
            Kind.ERASURE_ORDERED: self._ordered,
            Kind.ERASED: self._erased,
            Kind.CAMERA: self._camera,
            Kind.EDGE: self._edge,
            Kind.LEASED: self._leased,
            Kind.MIGRATION_DRAFTED: self._migration,
            Kind.MIGRATING: self._migrating,
            Kind.MIGRATED: self._migrated,
            Kind.ALERTED: self._alerted,
            Kind.IDENTIFIED: self._alerted,
            Kind.STRUCK: self._alerted,
            Kind.GALLERY_ENDED: self._gallery_ended,
            Kind.PADDING: self._padding,
        }

    def read(self) -> tuple[tuple[Irregularity, ...], int]:
        before: Moment = 0
        for index, entry in enumerate(self._entries):
            facts = dict(entry.facts)
            if entry.made < before:  # (1)
                self._say(index, "was made before the entry that it follows")
            if not -1 <= entry.of < index:
                self._say(index, "follows from an entry that does not precede it")
            before = max(before, entry.made)
            self._genesis_rule(index, entry, facts)
            rule = self._rules.get(entry.kind)
            if rule:
                rule(index, entry, facts)
        self._left_open()
        return tuple(sorted(self._found, key=lambda one: one.index)), len(self._waiting)

    def _say(self, index: int, what: str) -> None:
        self._found.append(Irregularity(index, what))

    def _genesis_rule(self, index: int, entry: Entry, facts: Facts) -> None:  # (1)
        if (index == 0) != (entry.kind is Kind.GENESIS):
            self._say(index, "the genesis is entry 0 and no other")
        elif index == 0:
            digest, demo = records.digest(self._genesis).hex(), str(self._genesis.demo).lower()
            if facts.get("digest") != digest or facts.get("demo") != demo:
                self._say(index, "the log begins with another genesis record than this one")

    def _version(self, index: int, entry: Entry, facts: Facts) -> None:
        versions = self._versions.setdefault(facts.get("warrant", ""), [])
        number, uses, expires = (whole(facts.get(name)) for name in ("number", "uses", "expires"))
        # A crash between entry and store lets the same version be filed again; the later one counts.
        if number not in (len(versions), len(versions) + 1) or (entry.kind is Kind.DRAFTED) != (number == 1):
            self._say(index, "is not the next version of its warrant")
        requester = facts.get("requester", "")
        if versions and versions[0].requester != requester:
            self._say(index, "names another requester than its warrant's first version")
        del versions[max(0, number - 1) :]
        versions.append(Version(index, number, facts.get("hash", ""), requester, uses, expires, *kind_of(facts)))

    def _presented(self, index: int, _: Entry, facts: Facts) -> None:
        versions = self._versions.setdefault(facts.get("warrant", ""), [])
        number, uses, expires = (whole(facts.get(name)) for name in ("number", "uses", "expires"))
        if versions and number <= versions[-1].number:
            self._say(index, "presents a version that is not newer than the one before")
        requester = facts.get("requester", "")
        versions.append(Version(index, number, facts.get("hash", ""), requester, uses, expires, *kind_of(facts)))

    def _word(self, index: int, entry: Entry, facts: Facts) -> None:
        said = self._words.setdefault((facts.get("warrant", ""), facts.get("hash", "")), {})
        person = facts.get("person", "")
        if not person or not facts.get("organisation"):
            self._say(index, "names no person or no organisation")
        said[person] = (facts.get("organisation", ""), entry.kind is Kind.APPROVED)

    def _alarmed(self, index: int, entry: Entry, facts: Facts) -> None:  # (9)
        warrant = facts.get("warrant", "")
        draft = self._entries[entry.of] if 0 <= entry.of < index else None
        if draft is None or draft.kind is not Kind.DRAFTED or dict(draft.facts).get("warrant") != warrant:
            self._say(index, "is an alarm that does not follow from its warrant's draft")
        others = f"{facts.get('near', '')} {facts.get('not_compared', '')}".split()
        if not others or warrant in others or not self._versions.keys() >= set(others):
            self._say(index, "is an alarm that names no other warrant, or one that was never drafted")

    def _authorised(self, index: int, entry: Entry, facts: Facts) -> None:
        self._waiting[index] = entry.kind
        warrant, act = facts.get("warrant", ""), facts.get("act", "")
        versions = self._versions.get(warrant)
        if not versions:
            self._say(index, "authorises a warrant that was never drafted")
            return
        newest = versions[-1]
        named = (entry.of, whole(facts.get("number")), facts.get("hash"))
        if named != (newest.index, newest.number, newest.hash):  # (3)
            self._say(index, "authorises another version than the newest")
        if entry.made > newest.expires:  # (3)
            self._say(index, "authorises a warrant after its expiry")
        self._quorum(index, warrant, newest)
        if act == "gallery":
            self._gallery(index, warrant, newest)
        elif act == "search":
            self._uses(index, warrant, versions)
        elif act == "still":
            self._seen(index, warrant, facts, newest)
        elif act == "disclosure":
            self._copy(index, (warrant, facts.get("candidate", "")), facts)

    def _copy(self, index: int, of: tuple[str, str], facts: Facts) -> None:  # (4)
        self._copies[of] += 1
        if not self._decided.get(_candidate(facts)):
            self._say(index, "discloses a candidate that two people did not confirm")
        if facts.get("copy", "") not in ("", str(self._copies[of])):
            self._say(index, "is not the next copy of this candidate's evidence")

    def _seen(self, index: int, warrant: str, facts: Facts, version: Version) -> None:  # (4)
        shown = self._shown.setdefault((warrant, facts.get("candidate", "")), set())
        judges, person = self._judges.get(_candidate(facts), set()), facts.get("person", "")
        asked = len(shown) == REVIEWERS and len(judges) == REVIEWERS and _candidate(facts) not in self._decided
        if person == version.requester or (person not in shown and len(shown) >= REVIEWERS and not asked):
            self._say(index, "shows a candidate's still to a third person who was not needed, or to who asked")
        shown.add(person)

    def _quorum(self, index: int, warrant: str, version: Version) -> None:  # (2)
        words = self._words.get((warrant, version.hash), {})
        yes = {person: home for person, (home, approves) in words.items() if approves and person != version.requester}
        if version.kind == SUBJECT_ACCESS:
            if len(yes) < max(1, version.clerks):
                self._say(index, "was authorised, a subject's own request, by fewer clerks than it needs")
        elif version.kind == "urgent":
            if not yes:
                self._say(index, "was authorised, though urgent, by nobody's approval")
        elif len(yes) < max(2, self._genesis.quorum):
            self._say(index, f"was authorised by {len(yes)} approvals, fewer than the quorum of {self._genesis.quorum}")
        elif len(set(yes.values())) < LEAST_ORGANISATIONS:
            self._say(index, "was approved by one organisation alone")

    def _uses(self, index: int, warrant: str, versions: Sequence[Version]) -> None:  # (3)
        newest = versions[-1]
        self._searches[warrant, newest.number] += 1
        of_all = sum(count for (name, _), count in self._searches.items() if name == warrant)
        if self._searches[warrant, newest.number] > newest.uses or of_all > versions[0].uses:
            self._say(index, "searches more often than the warrant allows")

    def _outcome(self, index: int, entry: Entry, facts: Facts) -> None:  # (5)
        if self._waiting.get(entry.of) is not Kind.AUTHORISED:
            self._say(index, "is an outcome of nothing that was authorised and still open")
            return
        del self._waiting[entry.of]
        authorised = dict(self._entries[entry.of].facts)
        if any(facts.get(name) != authorised.get(name) for name in ("warrant", "number", "act")):
            self._say(index, "is the outcome of another act than the one it follows from")

    def _reviewed(self, index: int, _: Entry, facts: Facts) -> None:  # (4)
        judges = self._judges.setdefault(_candidate(facts), set())
        if "outcome" not in facts:
            judges.add(facts.get("person", ""))
        elif len(judges) < REVIEWERS:
            self._say(index, "has an outcome before two people have given their verdict")
        else:
            self._decided[_candidate(facts)] = facts["outcome"] == "confirmed"

    def _ordered(self, index: int, entry: Entry, facts: Facts) -> None:  # (6)
        self._waiting[index] = entry.kind
        asked = self._entries[entry.of] if 0 <= entry.of < index else None
        if asked is None or asked.kind is not Kind.RESTRICTED:
            self._say(index, "orders an erasure that nobody asked for")
            return
        request = dict(asked.facts)
        if facts.get("request") != request.get("request"):
            self._say(index, "orders another erasure than the one it follows from")
        persons = set(facts.get("persons", "").split()) - {request.get("person", "")}
        if entry.made < whole(request.get("until")) and len(persons) < max(2, self._genesis.quorum):
            self._say(index, "orders an erasure before its time without a quorum")

    def _erased(self, index: int, entry: Entry, facts: Facts) -> None:  # (6)
        if self._waiting.get(entry.of) is not Kind.ERASURE_ORDERED:
            self._say(index, "erases without an order that is still open")
            return
        del self._waiting[entry.of]
        if facts.get("request") != dict(self._entries[entry.of].facts).get("request"):
            self._say(index, "erases something else than was ordered")

    def _camera(self, _: int, __: Entry, facts: Facts) -> None:
        change = self._declared.discard if facts.get("change") == "withdrawn" else self._declared.add
        change(facts.get("camera", ""))

    def _edge(self, _: int, __: Entry, facts: Facts) -> None:
        change = self._enrolled.discard if facts.get("change") == "revoked" else self._enrolled.add
        change(facts.get("edge", ""))

    def _leased(self, index: int, _: Entry, facts: Facts) -> None:  # (7)
        if facts.get("camera", "") not in self._declared or facts.get("edge", "") not in self._enrolled:
            self._say(index, "gives keys to an edge that is not enrolled, or for a camera that is not declared")

    def _gallery(self, index: int, warrant: str, version: Version) -> None:  # (8)
        self._galleries[warrant] = version.expires
        if warrant in self._ended:
            self._say(index, "authorises a standing gallery that has ended")

    def _alerted(self, index: int, entry: Entry, facts: Facts) -> None:  # (8)
        warrant = facts.get("warrant", "")
        of = self._entries[entry.of] if 0 <= entry.of < index else None
        if of is None or of.kind is not Kind.AUTHORISED or dict(of.facts).get("warrant") != warrant:
            self._say(index, "is an alert of a gallery that nobody authorised")
        elif warrant in self._ended or entry.made > self._galleries.get(warrant, 0):
            self._say(index, "is an alert of a gallery that had ended")
        self._of_flight(index, entry, warrant)

    def _of_flight(self, index: int, entry: Entry, warrant: str) -> None:  # (8)
        draft = dict(self._entries[self._versions[warrant][-1].index].facts) if self._versions.get(warrant) else {}
        if bool(draft.get("flight")) != (entry.kind is not Kind.ALERTED):
            self._say(index, "is what this gallery is not for: a flight's alerts nobody, any other names nobody")
        self._asked[warrant] += entry.kind is Kind.IDENTIFIED
        if entry.kind is Kind.IDENTIFIED and self._asked[warrant] > whole(draft.get("uses")):
            self._say(index, "asks a flight's gallery more often than its text allows")

    def _gallery_ended(self, index: int, _: Entry, facts: Facts) -> None:  # (8)
        if facts.get("warrant", "") not in self._versions:
            self._say(index, "ends a gallery that was never drafted")
        self._ended.add(facts.get("warrant", ""))

    def _migration(self, index: int, _: Entry, facts: Facts) -> None:  # (10)
        order, expires = facts.get("warrant", ""), whole(facts.get("expires"))
        if order in self._migrations:
            self._say(index, "drafts a migration that was drafted before")
        self._migrations[order] = Version(index, 1, facts.get("hash", ""), facts.get("requester", ""), 0, expires)

    def _migrating(self, index: int, entry: Entry, facts: Facts) -> None:  # (10)
        order = facts.get("warrant", "")
        drafted = self._migrations.get(order)
        if drafted is None or (entry.of, facts.get("hash")) != (drafted.index, drafted.hash):
            self._say(index, "makes templates anew under an order that was never drafted, or another text")
            return
        said = dict(self._entries[drafted.index].facts)
        inside = whole(said.get("first")) <= whole(facts.get("hour")) <= whole(said.get("last"))
        if not inside or facts.get("camera", "") not in said.get("cameras", "").split():
            self._say(index, "makes templates anew outside its order's cameras and hours")
        if any(facts.get(name) != said.get(name) for name in ("from", "to")):
            self._say(index, "makes templates of other extractors than its order names")
        if entry.made > drafted.expires:
            self._say(index, "makes templates anew after its order's expiry")
        self._quorum(index, order, drafted)
        self._remaking.add(index)

    def _migrated(self, index: int, entry: Entry, facts: Facts) -> None:  # (10)
        begun = dict(self._entries[entry.of].facts) if entry.of in self._remaking else None
        if begun is None or any(facts.get(name) != said for name, said in begun.items()):
            self._say(index, "made templates anew that no entry says were begun")
        self._remaking.discard(entry.of)

    def _padding(self, index: int, entry: Entry, facts: Facts) -> None:  # (11)
        if facts or entry.of != -1:
            self._say(index, "is padding that says something")

    def _left_open(self) -> None:  # (5) (6) (8)
        last = max((one.made for one in self._entries if one.kind not in (Kind.OPENED, Kind.PADDING)), default=0)
        for index in self._waiting:
            if last - self._entries[index].made > OUTCOME_WITHIN:
                self._say(index, "has no outcome, though the log went on")
        for warrant, expires in self._galleries.items():
            if warrant not in self._ended and last - expires > OUTCOME_WITHIN:
                self._say(self._versions[warrant][-1].index, "is a gallery that did not end, though the log went on")


def _candidate(facts: Facts) -> Candidate:
    return facts.get("warrant", ""), facts.get("number", ""), facts.get("candidate", "")
