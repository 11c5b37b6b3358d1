"use strict";
// What every page can do: act as the person who is signed in, stay signed in, leave, change language and light.
// Needs bytes.js and keys.js.

// Where the app is on its origin, if not at the root.
const AT = document.documentElement.dataset.at ?? "";
const RENEWED = 10 * 60000, MOST_REFUSED = 16;
const refusals = new Set();
let told = null;

async function fetched(path, options) {
  let answer;
  try {
    answer = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Object.assign(new Wrong("away"), { said: "" });
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  if (said.wanted) refused(said.wanted).catch(() => {});
  throw Object.assign(new Wrong("refused"), { said: String(said.message ?? answer.status), status: answer.status });
}

const posted = async (path, value) =>
  (await fetched(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) })).json();

async function configured() {
  told ??= await (await fetched(`${AT}/configuration`)).json();
  return told;
}

// Ask the custodian for one act of `verb`; `extra`: what the console process needs besides to pass it on.
async function act(verb, type, fields, extra = {}) {
  const held = await kept("session");
  if (!held) throw Object.assign(new Wrong("refused"), { said: "nobody is signed in here", status: 401 });
  return posted("/ask", { signed: await spoken(await configured(), held, verb, type, fields), ...extra });
}

// The custodian is asked who this is: at the beginning, and every ten minutes by one of the tabs. `wanted`: what a page
// refused, so that the custodian does, in an entry.
async function enter({ roles = [], camera = "" } = {}) {
  const held = await kept("session");
  const said = await posted(`${AT}/enter`, { session: held.letter, signed: await spoken(await configured(), held, "enter", "Wanted", { roles, camera }) });
  await keep("entered", Date.now());
  return said;
}

// What the roster does not give this person is asked of the custodian too: each once a page, and so many a page.
async function refused(wanted) {
  const key = JSON.stringify(wanted);
  if (refusals.has(key) || refusals.size >= MOST_REFUSED) return;
  refusals.add(key);
  await enter(wanted);
}

async function renewed() {
  await navigator.locks.request("entering", async () => {
    if (Date.now() - ((await kept("entered")) ?? 0) >= RENEWED) await enter();
  });
}

async function leave() {
  await posted(`${AT}/leave`, {}).catch(() => {});
  await forget("session");
  location.assign(`${AT}/`);
}

// `said`: a sentence for everyone, screen readers included.
function say(said, wrong = false) {
  const line = document.getElementById(wrong ? "alert" : "status");
  if (line) line.textContent = said;
}

// An entry's number as a link to the page that checks it. `shown`: the number as this page spells it.
const entryLink = (entry, shown = entry) => Object.assign(document.createElement("a"), { href: `/log?entry=${Number(entry)}`, textContent: String(shown) });

// `text` in `place`, where the number of an entry in it is such a link.
function linked(place, text, entry, shown = String(entry)) {
  const at = text.lastIndexOf(shown);
  if (at < 0) return place.replaceChildren(text);
  place.replaceChildren(text.slice(0, at), entryLink(entry, shown), text.slice(at + shown.length));
}

const explained = (error) => (error instanceof Wrong && error.said) || String(error.message);
