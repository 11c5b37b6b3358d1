"""The terminal's verbs for the rules of a deployment: its policy, and its decoys."""

from collections.abc import Callable, Mapping

from countenance.errors import Malformed
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.warrants import Probe
from countenance.zones.custodian import canaries, governing
from countenance.zones.custodian.opened import Opened

Act = Callable[[Opened, Mapping[str, Json]], dict[str, Json]]


def _policy_set(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    entry = governing.set_policy(opened, _text(body, "text"))
    return {"policy": governing.shown(opened)["policy"], "entry": entry}


def _policy_show(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    del body
    return governing.shown(opened)


def _canary_add(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    decoy, probe = _text(body, "canary"), records.read(Probe, canonical.write(body.get("probe")))
    try:
        sealed = bytes.fromhex(_text(body, "sealed"))
    except ValueError as error:
        raise Malformed("sealed is a template in hex, as the probe helper sealed it") from error
    return {"canary": decoy, "entry": canaries.add(opened, decoy, probe, sealed)}


def _canary_list(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    del body
    return {"canaries": canaries.listed(opened)}


def _canary_remove(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    decoy = _text(body, "canary")
    return {"canary": decoy, "entry": canaries.remove(opened, decoy)}


def _text(body: Mapping[str, Json], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str):
        raise Malformed(f"this verb comes with a text {field}")
    return value


VERBS: Mapping[str, Act] = {
    "policy.set": _policy_set,
    "policy.show": _policy_show,
    "canary.add": _canary_add,
    "canary.list": _canary_list,
    "canary.remove": _canary_remove,
}
