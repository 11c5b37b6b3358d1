"use strict";
// Questions from the door: what waits, what one asker wrote, and which sightings are theirs. Needs filing.js.

let open = null;

const span = (one) => `${when(one.start)} – ${new Date(one.end).toLocaleTimeString(language(), { timeStyle: "short" })}`;

function row(one) {
  const button = made("button", { type: "button", textContent: one.request });
  button.addEventListener("click", doing(() => opened(one)));
  const overdue = !one.outcome && one.due < Date.now();
  const state = made("span", { className: `tag ${overdue ? "bad" : ""}`, textContent: words[`state_${one.outcome || "waiting"}`] });
  return made("tr", {},
    made("td", { className: "digits" }, one.outcome ? one.request : button), made("td", { textContent: words[`wish_${one.wish}`] }),
    made("td", { textContent: one.camera }), made("td", { textContent: span(one) }), made("td", {}, state),
    made("td", { className: "number", textContent: one.outcome ? when(one.answered) : when(one.due) }));
}

async function listed() {
  const lines = (await act("questions", "Nothing", {})).questions;
  const none = made("tr", {}, made("td", { colSpan: 6, textContent: words.none }));
  the("list").replaceChildren(...(lines.length ? lines.map(row) : [none]));
}

// Opening a question is an entry: its words are told to this clerk alone.
async function opened(line) {
  const one = await act("question", "Asked", { request: line.request });
  open = one;
  the("one").hidden = false;
  the("one-title").textContent = `${words.question} ${one.request}`;
  const facts = [[words.wish, words[`wish_${one.wish}`]], [words.camera, one.camera], [words.time, span(one)], [words.due, when(one.due)]];
  the("facts").replaceChildren(...facts.map(([name, said]) => made("div", {}, made("dt", { textContent: name }), made("dd", { textContent: said }))));
  the("said").textContent = visible(one.words) || words.no_words;
  const asked = new URLSearchParams({ camera: one.camera, at: one.start, reason: `${words.question_reason} ${one.request}` });
  the("look").href = `/playback?${asked}`;
  the("met").checked = false;
  the("ground").value = "";
  const times = new URLSearchParams({ camera: one.camera, start: one.start, end: one.end });
  const found = (await (await fetched(`/questions/sightings?${times}`)).json()).sightings;
  const clock = (at) => new Date(at).toLocaleTimeString(language(), { hourCycle: "h23" });
  the("sightings").replaceChildren(...(found.length ? found.map(([id, start, end]) => made("label", { className: "check" },
    made("input", { type: "checkbox", name: "sighting", value: id }), ` ${clock(start)} – ${clock(end)} `, made("span", { className: "soft digits", textContent: id.slice(0, 8) }))) : [words.no_sightings]));
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
  the("point").addEventListener("submit", doing(handOver));
  doing(listed)();
  setInterval(() => listed().catch(() => {}), 15000);
});
