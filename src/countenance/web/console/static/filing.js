"use strict";
// Filing: a warrant's text, written by this browser and shown as it reads before its hash is signed. Times, words.
// Needs session.js, bytes.js and moments.js.

const HOUR = 3600000, LONGEST = 60000;
let words = {};

const the = (id) => document.getElementById(id);
const filled = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
const language = () => document.documentElement.lang;
const count = (number) => number.toLocaleString(language());
const utc = (moment) => new Date(moment).toISOString().replace(".000Z", "Z").replace("T", " ");
const thousandths = (number) => (number / 1000).toLocaleString(language(), { minimumFractionDigits: 3 });

// What a field of kind datetime-local holds, which has no zone: this machine's.
const field = (moment) => new Date(moment - new Date(moment).getTimezoneOffset() * 60000).toISOString().slice(0, 19);
const moment = (id) => new Date(the(id).value).getTime();

function made(name, properties, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// Anything that somebody does here: what went wrong is said, and the page goes on.
const doing = (what) => async (event) => {
  event?.preventDefault();
  say("", true);
  try {
    await what(event);
  } catch (error) {
    say("");
    say(explained(error), true);
  }
};

// A warrant as it will be filed: canonical text, its hash, and what it says, read back from that text.
async function written(fields) {
  const text = canonical({ ...fields, type: "Warrant" }), bytes = utf8.encode(text);
  return { text, said: spelled(bytes, "Warrant"), hash: hex(await sha256(bytes)) };
}

// The custodian files what this browser wrote, or nothing: the answer names the hash that was signed.
async function filed(verb, held) {
  const { said, text, hash } = held;
  const filing = { warrant: said.warrant, number: said.number, hash };
  const done = await act(verb, "Filing", filing, { besides: { text } });
  if (done.hash !== hash) throw Object.assign(new Wrong("text"), { said: words.another_text });
  return done;
}

// What a text says, a line a field: nothing that is signed is left out, and nothing invisible hides in it.
function lines(said) {
  const { scope, limits } = said, both = (at) => `${moments.said(at)} (${utc(at)})`;
  return [
    [words.case, said.case],
    [words.kind, said.kind ?? "ordinary"],
    [words.purpose, said.purpose],
    [words.basis, said.legal_basis],
    [words.requester, said.requester],
    [words.made, both(said.made)],
    [words.cameras, scope.cameras.join(", ")],
    [words.from, both(scope.start)],
    [words.to, both(scope.end)],
    [words.most_candidates, count(limits.candidates)],
    [words.most_uses, count(limits.uses)],
    [words.one_in_short, limits.one_in ? filled(words.one_in_option, { n: count(limits.one_in) }) : words.bare],
    [words.threshold, thousandths(limits.threshold)],
    [words.expires, both(limits.expires)],
    [words.secrecy_end, both(limits.secrecy_end)],
    [words.photo_hash, said.probe.image_digest],
    [words.policy_hash, said.policy ?? ""],
    ...(said.number > 1 ? [[words.narrowed, `${said.number - 1} (${said.narrowed_from.slice(0, 16)})`]] : []),
  ];
}

const rows = (pairs) => pairs.map(([name, ...values]) =>
  made("tr", {}, made("th", { scope: "row", textContent: name }), ...values.map((value) => made("td", { textContent: visible(value) }))));

function show(held) {
  the("said").replaceChildren(...rows(lines(held.said)));
  the("text").textContent = visible(held.text);
  the("hash").textContent = digits(held.hash);
}

// The first digits, in groups: what people compare aloud with what the approval page shows.
const digits = (hash) => hash.match(/.{1,8}/g).slice(0, 4).join(" ");

const stateOf = (line) => words[`state_${line.state}`] ?? line.state;
const KINDS = { approved: "good", waiting: "warn", expired: "bad", spent: "bad" };

// Again and again while the page is looked at, and at once when somebody comes back to it or the network does; more
// seldom while nobody answers. Not after a refusal: asked again, it would be one more entry each time. The console
// cannot tell by itself: each time is this session's own ask. `what`: false if nothing was asked. `#age` says how old
// what is shown is.
function watched(what, milliseconds) {
  let busy = false, stopped = false, complaint = "", failed = 0, timer = 0, newest = 0;
  const aged = () => {
    if (!newest) return;
    const stale = failed > 0 || stopped, seconds = Math.max(0, Math.round((Date.now() - newest) / 1000));
    moments.put(the("age"), newest);
    the("age-told").textContent = stale ? filled(words.stale, { n: count(seconds) }) : "";
    the("age-told").className = stale ? "tag warn" : "";
  };
  const asked = async () => {
    try {
      if ((await what()) !== false) newest = Date.now();
      // What somebody's own act was answered stays; what was said of a look that failed goes when one does not.
      if (complaint && the("alert").textContent === complaint) say("", true);
      complaint = "";
      failed = 0;
    } catch (error) {
      stopped = error.status === 403;
      failed += 1;
      complaint = error.message === "away" ? words.away : explained(error);
      say(complaint, true);
    }
  };
  const turn = async () => {
    clearTimeout(timer);
    if (busy || stopped || document.hidden) return;
    busy = true;
    await asked();
    busy = false;
    aged();
    if (!stopped) timer = setTimeout(turn, Math.min(LONGEST, milliseconds * 2 ** failed));
  };
  setInterval(aged, 1000);
  document.addEventListener("visibilitychange", turn);
  addEventListener("online", turn);
  return turn();
}

addEventListener("DOMContentLoaded", () => { words = JSON.parse(the("words").textContent); });
