"use strict";
// The page of one warrant: who has signed, the search, what was found and not, evidence. Needs filing.js, found.js,
// narrow.js.

const NO_HASH = "00".repeat(32), EVERY = 3000, WAITING = new Set(["waiting", "approved", "spent"]);
let line = null, held = null, known = "", heard = "", searching = false;

const mine = () => the("case").dataset.warrant;

async function lineOf() {
  const found = (await act("warrants", "Nothing", {})).warrants.find((one) => one.warrant === mine());
  if (found && found.requester === the("case").dataset.person) return found;
  // Not this officer's: the custodian is asked all the same, says so, and makes an entry of it.
  await act("read", "Named", { warrant: mine(), number: found?.number ?? 1, hash: found?.hash ?? NO_HASH });
  throw Object.assign(new Wrong("refused"), { said: words.not_yours });
}

async function read() {
  const { warrant, number, hash } = line;
  const told = await act("read", "Named", { warrant, number, hash });
  const bytes = unhex(told.text);
  if (hex(await sha256(bytes)) !== hash) throw Object.assign(new Wrong("text"), { said: words.another_text });
  held = { text: strict.decode(bytes), said: spelled(bytes, "Warrant"), hash };
  show(held);
  offered(held);
  the("words-said").replaceChildren(...told.approvals.map((one) => made("li", {
    textContent: visible(filled(one.approves ? words.approves : words.declines, { ...one, role: words.approver })),
  })));
  the("alarms").textContent = told.alarms.length ? words.alarms : "";
}

async function turn() {
  line = await lineOf();
  the("case").hidden = false;
  const now = `${line.number}/${line.words}`;
  // Reading is an entry: it is read when there is something new to read, and not every few seconds.
  if (now !== known) {
    await read();
    known = now;
  }
  const all = canonical({ ...line, disclosing });
  if (all !== heard) {
    heard = all;
    drawn();
    await candidates(line);
  }
}

function drawn() {
  the("number").textContent = filled(words.version, { n: line.number });
  the("state").textContent = stateOf(line);
  the("state").className = `tag ${KINDS[line.state] ?? ""}`;
  the("urgency").textContent = line.urgent ? words[`urgent_${line.urgent}`] : "";
  the("approvals").textContent = filled(words.of, { n: line.approvals, needed: line.needed });
  the("uses").textContent = count(line.uses_left);
  the("expires").replaceChildren(moments.element(line.expires));
  const over = line.state === "expired";
  for (const id of ["narrowing", "withdrawing"]) the(id).hidden = over;
  counting();
}

// Approvals may be taken back until then, and no search begins.
function counting() {
  if (!line) return;
  const left = line.state === "approved" ? Math.ceil((line.settles - Date.now()) / 1000) : 0;
  the("settling").textContent = left > 0
    ? filled(words.settling, { minutes: Math.floor(left / 60), seconds: String(left % 60).padStart(2, "0"), at: moments.said(line.settles) }) : "";
  const ready = line.state === "approved" && left <= 0;
  the("search").disabled = !ready || searching;
  the("search-told").textContent = searching ? words.searching : ready ? filled(words.ready, { n: count(line.uses_left) }) : words[`not_ready_${line.state}`] ?? words.not_ready_waiting;
  if (!the("answer").textContent && line.found.length && !the("found").textContent) {
    the("found").replaceChildren(made("p", { className: "soft", textContent: words.answer_gone }));
  }
}

async function search() {
  searching = true;
  counting();
  try {
    const { warrant, number, hash } = line;
    answered(await act("search", "Named", { warrant, number, hash }));
  } finally {
    searching = false;
    heard = "";
  }
  await turn();
}

async function change(fields, told) {
  const next = await written(fields);
  const done = await filed("narrow", next);
  say(filled(told, { n: done.number }));
  await turn();
}

async function copied() {
  await navigator.clipboard.writeText(`${the("approvals-at").href} ${mine()}`);
  say(words.copied);
}

addEventListener("DOMContentLoaded", () => {
  const before = JSON.parse(the("answer").textContent);
  if (before) answered(before);
  else the("answer").textContent = "";
  the("search").addEventListener("click", doing(search));
  the("copy").addEventListener("click", doing(copied));
  // While somebody types, not when they leave the field for the button: it would move away from under the pointer.
  the("narrow").addEventListener("input", doing(async () => {
    the("changes").replaceChildren(...compared(held.said, (await written(narrowed(held))).said));
  }));
  the("narrow").addEventListener("submit", doing(() => change(narrowed(held), words.narrowed_done)));
  the("withdraw").addEventListener("click", doing(() => change(ended(held), words.withdrawn)));
  setInterval(counting, 1000);
  watched(async () => {
    if (line && (searching || !WAITING.has(line.state))) return false;
    await turn();
    return true;
  }, EVERY);
});
