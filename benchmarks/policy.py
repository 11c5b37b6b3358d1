"""How long a policy takes to decide, beside the checks it comes after: python benchmarks/policy.py.

The baseline is the quorum of the same warrant: two signatures verified, as every act does before it asks the policy. A
search asks five questions: what the text says, the approvals, the hour, expected false candidates, the budget.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from countenance.formats import records
from countenance.vocabulary.acts import Named
from countenance.warrants import facts, policy, quorum, ready
from countenance.warrants.facts import Matter, Searches
from countenance.warrants.policy import Step
from simulator.people import NOW, World, approvals, person, warrant

ROUNDS = 300


def median(act: Callable[[], object]) -> float:
    """Milliseconds of one call, the median of ROUNDS."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def main() -> None:
    """Print the times and their ratio to the quorum's."""
    text, world = warrant(), World()
    signed = approvals(text)
    named = Named(text.warrant, text.number, records.digest(text))

    def counted() -> tuple[object, ...]:
        return quorum.standing(
            signed, meant=named, requester=text.requester, people=world.people, deployment=text.deployment
        )

    baseline = median(counted)
    context = facts.approved(Matter(text, person("officer-1"), world.cameras, NOW), counted(), world.people)
    print(f"quorum of two signatures: {baseline:.2f} ms")
    for name in ready.NAMES:
        which = policy.read(ready.text(name))
        matter = Matter(text, person("officer-1"), world.cameras, NOW)

        def one(which: policy.Policy = which, matter: Matter = matter) -> bool:
            return policy.allows(which, matter.question(Step.DRAFT, {}))

        def search(which: policy.Policy = which, matter: Matter = matter) -> None:
            one(which, matter)
            policy.allows(which, matter.question(Step.SEARCH, context))
            facts.usual(which, matter)
            policy.allows(which, matter.question(Step.EXPECTING, {"false_candidates": 100}))
            facts.within_budget(which, matter, Searches(1, 1, 1))

        decision, every = median(one), median(search)
        print(
            f"{name}: a decision {decision:.2f} ms, the five of a search {every:.2f} ms, "
            f"{every / baseline:.1f} times the quorum"
        )


if __name__ == "__main__":
    main()
