"use strict";
// A version that opens less, and the end of a warrant, which is the narrowest one. Needs filing.js.

const ENDING = 60000;

function offered(held) {
  const { scope, limits } = held.said;
  the("cameras").replaceChildren(...scope.cameras.map((value) =>
    made("label", { className: "tick" }, made("input", { type: "checkbox", value, checked: true }), made("span", { textContent: value }))));
  the("from").value = field(scope.start);
  the("to").value = field(scope.end);
  the("new-expires").value = field(limits.expires);
  the("new-candidates").value = limits.candidates;
  the("new-uses").value = limits.uses;
  the("changes").replaceChildren();
}

// What is before whole seconds in a text stays as it is: a field shows seconds.
const unlessSame = (id, before) => (field(before) === field(moment(id)) ? before : moment(id));

function narrowed(held) {
  const { scope, limits } = held.said;
  return after(held, {
    scope: {
      ...scope, cameras: [...document.querySelectorAll("#cameras input:checked")].map((one) => one.value),
      start: unlessSame("from", scope.start), end: unlessSame("to", scope.end),
    },
    limits: {
      ...limits, candidates: Number(the("new-candidates").value), uses: Number(the("new-uses").value),
      expires: unlessSame("new-expires", limits.expires),
    },
  });
}

const after = (held, changed) => ({
  ...held.said, number: held.said.number + 1, narrowed_from: held.hash, narrowed_by: "", ...changed,
});

// Nobody needs to sign the end: what was signed is void at once, and a minute later nothing can be signed any more.
const ended = (held) => after(held, {
  limits: { ...held.said.limits, uses: 1, candidates: 1, expires: Math.min(held.said.limits.expires, Date.now() + ENDING) },
});

function compared(before, now) {
  const old = new Map(lines(before));
  return rows(lines(now).filter(([name, value]) => old.has(name) && old.get(name) !== value)
    .map(([name, value]) => [name, old.get(name), value]));
}
