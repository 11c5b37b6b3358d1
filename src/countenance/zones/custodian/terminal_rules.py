"""The terminal's verbs for the rules of a deployment: its policy, its decoys, its calibrations."""

from collections.abc import Callable, Mapping

from countenance.errors import Malformed
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.warrants import Probe
from countenance.zones.custodian import calibrating, canaries, governing, measuring
from countenance.zones.custodian.measuring import Wanted
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


def _calibration_set(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    text = _text(body, "text")
    entry = calibrating.set_file(opened, text)
    return {"calibration": records.digest(calibrating.read(text)).hex(), "entry": entry}


def _calibration_list(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    del body
    return {"calibrations": calibrating.listed(opened), **measuring.status(opened)}


def _calibration_measure(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    names, first, last = body.get("cameras"), body.get("first"), body.get("last")
    if not isinstance(names, list) or type(first) is not int or type(last) is not int:
        raise Malformed("this verb comes with a list cameras, and whole numbers first and last")
    try:
        extractor = bytes.fromhex(_text(body, "extractor"))
    except ValueError as error:
        raise Malformed("extractor is a digest in hex") from error
    cameras = tuple(sorted({str(name) for name in names}))
    return measuring.begin(opened, Wanted(_text(body, "group"), cameras, first, last, extractor))


def _calibration_withdraw(opened: Opened, body: Mapping[str, Json]) -> dict[str, Json]:
    return {"entry": calibrating.withdraw(opened, _text(body, "calibration"))}


VERBS: Mapping[str, Act] = {
    "policy.set": _policy_set,
    "policy.show": _policy_show,
    "canary.add": _canary_add,
    "canary.list": _canary_list,
    "canary.remove": _canary_remove,
    "calibration.set": _calibration_set,
    "calibration.list": _calibration_list,
    "calibration.measure": _calibration_measure,
    "calibration.withdraw": _calibration_withdraw,
}
