"use strict";
// Questions from the door: what waits, what one asker wrote, and which sightings are theirs; and those asked with a face,
// which clerks approve elsewhere and have searched here. Needs filing.js and
// copying.js.

let open = null, faced = null, searching = false, asked = [];
const warrants = new Map();

const span = (one) => `${moments.said(one.start)} – ${one.warrant ? moments.said(one.end) : moments.time(one.end)}`;

// How a question stands, in words. One with a face stands as its warrant does, until reviewers have answered it.
function standing(one) {
  const line = warrants.get(one.warrant);
  if (one.outcome || !line) return words[`state_${one.outcome || "waiting"}`];
  if (line.state === "spent" && line.to_review) return filled(words.face_review, { n: count(line.to_review) });
  return filled(words[`face_${line.state}`], { n: count(line.approvals), needed: count(line.needed) });
}

function row(one) {
  const button = made("button", { type: "button", textContent: one.request });
  button.addEventListener("click", doing(() => (one.warrant ? showFaced(one) : opened(one))));
  const overdue = !one.outcome && one.due < Date.now();
  const state = made("span", { className: `tag ${overdue ? "bad" : ""}`, textContent: standing(one) });
  const due = made("td", { className: "number" }, moments.element(one.outcome ? one.answered : one.due));
  due.dataset.name = words[one.outcome ? "answered" : "due"];
  return made("tr", {},
    made("td", { className: "digits" }, one.outcome && !one.warrant ? one.request : button), made("td", { textContent: words[`wish_${one.wish}`] }),
    made("td", { textContent: one.warrant ? words.with_face : one.camera }), made("td", { textContent: span(one) }), made("td", {}, state),
    due);
}

async function listed() {
  asked = (await act("questions", "Nothing", {})).questions;
  if (asked.some((one) => one.warrant && !one.outcome)) {
    for (const line of (await act("warrants", "Nothing", {})).warrants) warrants.set(line.warrant, line);
  }
  const none = made("tr", {}, made("td", { colSpan: 6, textContent: words.none }));
  the("list").replaceChildren(...(asked.length ? asked.map(row) : [none]));
  if (faced) drawn(asked.find((one) => one.request === faced.request) ?? faced);
}

function facts(id, pairs) {
  the(id).replaceChildren(...pairs.map(([name, said]) => made("div", {}, made("dt", { textContent: name }), made("dd", { textContent: said }))));
}

// One that was asked with a face. Nothing of who it is, is here: the photo is on the approval page, stills at reviewers.
function drawn(one) {
  faced = one;
  const line = warrants.get(one.warrant), state = one.outcome ? "answered" : line?.state ?? "unknown";
  the("faced-title").textContent = `${words.question} ${one.request}`;
  facts("faced-facts", [[words.wish, `${words[`wish_${one.wish}`]}${one.copy ? words.and_copy : ""}`], [words.time, span(one)], [words.state, standing(one)], [words.due, moments.said(one.due)]]);
  const given = new URLSearchParams({ warrant: one.warrant, person: the("faced").dataset.person });
  the("approve").href = `${the("faced").dataset.approvals}/#${given}`;
  the("approve").hidden = state !== "waiting";
  copies(one);
  the("search").hidden = state !== "approved";
  the("search").disabled = searching;
  the("faced-told").textContent = searching ? words.searching : words[`told_${state === "spent" && !line.to_review ? "unknown" : state}`];
}

// Copies that its asker can be given now: one of each time they passed, made for a clerk who approved it, who is told.
function copies(one) {
  the("copies-part").hidden = !one.copied.length;
  the("copies").replaceChildren(...one.copied.map((sighting, index) => {
    const button = made("button", { type: "button", textContent: filled(words.copy_make, { n: count(index + 1) }), disabled: disclosing });
    button.addEventListener("click", doing(() => disclosed({ warrant: one.warrant, number: 1 }, sighting, "#copies button")));
    return button;
  }));
}

async function showFaced(one) {
  the("one").hidden = true;
  the("faced").hidden = false;
  the("found").textContent = "";
  the("disclosing").hidden = !disclosing;
  drawn(one);
  the("faced-title").focus();
}

// Once, and by a clerk who approved it: how many candidates there are is told here, who they are to reviewers alone.
async function search() {
  const { number, hash } = warrants.get(faced.warrant);
  searching = true;
  drawn(faced);
  try {
    const answer = await act("search", "Named", { warrant: faced.warrant, number, hash });
    const gaps = answer.incomplete.length + answer.not_searched.length + answer.not_compared.length;
    the("found").textContent = `${filled(words.found, { n: count(answer.candidates.length), rows: count(answer.rows), entry: count(answer.entry) })} ${gaps ? filled(words.gaps, { n: count(gaps) }) : ""}`;
  } finally {
    searching = false;
  }
  await listed();
}

// Opening a question is an entry: its words are told to this clerk alone.
async function opened(line) {
  the("faced").hidden = true;
  faced = null;
  const one = await act("question", "Asked", { request: line.request });
  open = one;
  the("one").hidden = false;
  the("one-title").textContent = `${words.question} ${one.request}`;
  facts("facts", [[words.wish, words[`wish_${one.wish}`]], [words.camera, one.camera], [words.time, span(one)], [words.due, moments.said(one.due)]]);
  the("said").textContent = visible(one.words) || words.no_words;
  const asked = new URLSearchParams({ camera: one.camera, at: one.start, reason: `${words.question_reason} ${one.request}` });
  the("look").href = `/playback?${asked}`;
  the("met").checked = false;
  the("ground").value = "";
  const times = new URLSearchParams({ camera: one.camera, start: one.start, end: one.end });
  const found = (await (await fetched(`/questions/sightings?${times}`)).json()).sightings;
  the("sightings").replaceChildren(...(found.length ? found.map(([id, start, end]) => made("label", { className: "check" },
    made("input", { type: "checkbox", name: "sighting", value: id }), ` ${moments.time(start)} – ${moments.time(end)} `, made("span", { className: "soft digits", textContent: id.slice(0, 8) }))) : [words.no_sightings]));
  say(`${words.opened} ${one.entry}`);
  the("one-title").focus();
}

// What was pointed at goes to the approval page in the fragment, which no server sees, and is signed there.
function handOver() {
  const chosen = [...the("sightings").querySelectorAll("input:checked")].map((box) => box.value);
  const given = { reply: open.request, sightings: chosen.join(","), met: the("met").checked ? "1" : "", ground: the("ground").value, person: the("one").dataset.person };
  window.open(`${the("one").dataset.approvals}/#${new URLSearchParams(given)}`, "_blank", "noopener");
  say(words.handed);
}

addEventListener("DOMContentLoaded", () => {
  the("search").addEventListener("click", doing(search));
  the("point").addEventListener("submit", doing(handOver));
  doing(listed)();
  setInterval(() => listed().catch(() => {}), 15000);
});
