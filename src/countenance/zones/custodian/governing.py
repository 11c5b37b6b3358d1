"""Governing: the policy that stands, set at the custodian's terminal.

Invariants:

* Setting a policy is an entry with its hash before it stands. It holds for warrants drafted from then on; a warrant
  under another is refused (`warrants.authorise`), so nobody widens a warrant by changing the policy under it.
* A text that does not read as a policy never stands, and where none stands nothing is drafted or searched.

Who can write the store can put back an older policy of the same generation: at opening it is held against the log, and
one that is not the log's newest stands no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Entry, Kind
from countenance.warrants import policy as policies
from countenance.warrants.policy import Policy
from countenance.zones.custodian.opened import Opened

KEY = "policy"


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The policy that stands, or once stood (key: also its SHA-256). `entry`: that set it."""

    text: str
    entry: int


def stands(opened: Opened) -> Policy | None:
    """The policy that stands, if any does."""
    kept = opened.store.get(PolicyText, KEY)
    return Policy(kept.text) if kept else None


def set_policy(opened: Opened, text: str) -> int:
    """Make `text` the policy; returns the entry. Raises Malformed if it is none."""
    policy = policies.read(text)
    with opened.lock:
        facts = {
            "policy": policy.hash.hex(),
            "rules": str(len(policies.rules(policy))),
            "purposes": "\n".join(policies.purposes(policy)),
        }
        entry = opened.sequencer.append(Kind.POLICY, facts)
        with opened.store.together():
            opened.store.put(PolicyText(text, entry), KEY)
            opened.store.put(PolicyText(text, entry), f"{KEY}/{policy.hash.hex()}")
        return entry


def shown(opened: Opened) -> dict[str, Json]:
    """Text, hash and entry of the policy that stands; empty where none does."""
    with opened.lock:
        kept = opened.store.get(PolicyText, KEY)
        if kept is None:
            return {"text": "", "policy": "", "entry": -1}
        return {"text": kept.text, "policy": Policy(kept.text).hash.hex(), "entry": kept.entry}


def text_of(opened: Opened, hashed: str) -> str:
    """The text of a policy that was ever set, by its SHA-256 in hex; empty where it is not kept."""
    kept = opened.store.get(PolicyText, f"{KEY}/{hashed}") or opened.store.get(PolicyText, KEY)
    return kept.text if kept is not None and Policy(kept.text).hash.hex() == hashed else ""


def enforce(opened: Opened, history: Sequence[Entry]) -> None:
    """Drop a policy that is not the one the log's newest entry on policies set."""
    kept = opened.store.get(PolicyText, KEY)
    said = next((dict(entry.facts).get("policy") for entry in reversed(history) if entry.kind is Kind.POLICY), None)
    if kept is not None and Policy(kept.text).hash.hex() != said:
        opened.store.drop(PolicyText, KEY)
