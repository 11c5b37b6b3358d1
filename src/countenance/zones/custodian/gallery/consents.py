"""Consents: an enrolled person sees what is held of them and who looked, and ends it, with a code that only they have.

Invariants:

* The number of a consent is in the text that the quorum approved; its code was made by the person, and is seen here
  only in their own enquiry.
* Who withdraws needs nobody's agreement and gives no reason: one enquiry destroys the gallery's key. A gallery by
  consent holds one person, so nobody ends another's.
* Template and photo are told to nobody here, and no name of those who looked.
* Whoever has no code learns nothing: an unknown one is refused before the log is read.
"""

from collections.abc import Iterator

from countenance.channel.message import Message
from countenance.crypto.seal import binding, seal
from countenance.crypto.unseal import unseal
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.consents import MOST_USES, Held, Use, number_of
from countenance.vocabulary.disclosures import Logged
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.rights import CODE, Enquiry
from countenance.zones.custodian.gallery import approving, ending
from countenance.zones.custodian.gallery.records import GalleryState, GalleryText
from countenance.zones.custodian.gallery.standing import Galleries
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.rights import questions

_TEXT = "text"
_ALERTS = "alerts"
_PROVED = (Kind.AUTHORISED, Kind.GALLERY_ENDED)


def held(opened: Opened, galleries: Galleries, message: Message) -> Message:
    """`door.held`: a sealed `Enquiry` -> {}, and `Held` sealed to who asked. Raises Malformed, Refused."""
    del galleries
    enquiry = _opened(opened, message, "held")
    with opened.lock:
        return _told(opened, message, enquiry)


def withdraw(opened: Opened, galleries: Galleries, message: Message) -> Message:
    """`door.withdraw`: the gallery ends, if it has not ended before; back as `held`. Raises Malformed, Refused."""
    enquiry = _opened(opened, message, "withdraw")
    with opened.lock:
        known = _known(opened, enquiry)
        if not known.ended:
            ending.end(opened, known, ending.BY_SUBJECT)
    # Not under the lock: whoever compares meanwhile holds the galleries' turn, and waits for it.
    galleries.look()
    with opened.lock:
        return _told(opened, message, enquiry)


def _opened(opened: Opened, message: Message, purpose: str) -> Enquiry:
    info = binding(purpose, opened.genesis.deployment)
    enquiry = records.read(Enquiry, unseal(opened.sealing_private, info, questions.only(message)))
    questions.check_fresh(opened, enquiry)
    if len(enquiry.code) != CODE:
        raise Malformed("a code has 26 letters and digits: copy it from where it was shown")
    return enquiry


def _known(opened: Opened, enquiry: Enquiry) -> GalleryState:
    number = number_of(enquiry.code)
    found = next((one for _, one in opened.store.all(GalleryState) if one.standing.consent == number), None)
    if found is None:
        raise Refused("nobody is enrolled with this code: check it, and whether the desk has filed your consent")
    return found


def _told(opened: Opened, message: Message, enquiry: Enquiry) -> Message:
    known = _known(opened, enquiry)
    kept = opened.store.get(GalleryText, known.standing.gallery)
    entries = tuple(enumerate(opened.sequencer.entries()))
    of = [known.entry, *(index for index, one in entries if one.kind in _PROVED and one.of == known.entry)]
    ended = (dict(one.facts) for _, one in entries if one.kind is Kind.GALLERY_ENDED and one.of == known.entry)
    uses = tuple(_uses(entries, known.standing.gallery))
    said = Held(
        deployment=opened.genesis.deployment,
        gallery=known.standing.gallery,
        state=approving.condition(opened, known),
        text="" if kept is None else kept.text.decode(),
        gone_by=max((int(facts["gone_by"]) for facts in ended), default=0),
        uses=uses[-MOST_USES:],
        earlier=max(0, len(uses) - MOST_USES),
        entries=tuple(Logged(opened.sequencer.preimage(index), opened.sequencer.prove(index)) for index in of),
    )
    info = binding("answer", opened.genesis.deployment, enquiry.nonce.hex())
    return Message(message.verb, {}, (seal(enquiry.reply_key, info, records.write(said)),))


def _uses(entries: tuple[tuple[int, Entry], ...], gallery: str) -> Iterator[Use]:
    """What the log says was done with it. An alert that only says that there were too many is none."""
    for index, entry in entries:
        facts = dict(entry.facts)
        what = facts.get("what", _TEXT)
        mine = facts.get("warrant") == gallery or (what == _ALERTS and gallery in facts.get("warrants", "").split())
        if entry.kind is Kind.READ and mine:
            yield Use(index, entry.made, what)
        elif entry.kind is Kind.ALERTED and mine and "alert" in facts:
            yield Use(index, entry.made, entry.kind.value)
