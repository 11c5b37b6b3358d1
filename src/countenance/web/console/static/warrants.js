"use strict";
// The list of an officer's warrants, as the custodian tells it. Needs filing.js.

let before = "";

const judged = (line) => {
  const found = line.found ?? [], done = found.filter((one) => one.outcome).length;
  return found.length ? filled(words.found_of, { n: count(found.length), done: count(done) }) : "–";
};

function row(line) {
  const state = made("span", { className: `tag ${KINDS[line.state] ?? ""}`, textContent: stateOf(line) });
  const number = (name, text) => {
    const cell = made("td", { className: "number" }, text);
    cell.dataset.name = words[name];
    return cell;
  };
  return made("tr", {},
    made("td", { className: "digits" }, made("a", { href: `/cases/${line.warrant}`, textContent: line.warrant })),
    made("td", {}, state, line.urgent ? ` ${words[`urgent_${line.urgent}`]}` : ""),
    number("approvals", `${line.approvals} / ${line.needed}`), number("uses_left", count(line.uses_left)), number("found", judged(line)),
    number("expires", moments.element(line.expires)));
}

async function listed() {
  const person = (await kept("session")).person;
  const lines = (await act("warrants", "Nothing", {})).warrants.filter((line) => line.requester === person);
  const now = canonical(lines);
  if (now === before) return;
  before = now;
  const none = made("tr", {}, made("td", { colSpan: 6, textContent: words.none }));
  the("list").replaceChildren(...(lines.length ? lines.reverse().map(row) : [none]));
}

addEventListener("DOMContentLoaded", () => watched(listed, 5000));
