"use strict";
// The form of a warrant: what it would touch is shown while it is filled in; what is signed is what was shown.
// Needs filing.js, reach.js and map.js.

const LARGEST = 32 * 1024 * 1024, MOST_PHOTOS = 6, PAUSE = 400;
let brought = null, held = null, touched = null, waiting = 0;

const ticks = () => [...document.querySelectorAll("#cameras input")];
const picked = () => ticks().filter((one) => one.checked).map((one) => one.value).sort();
const oneIn = () => the("one_in").value;

function scope() {
  const [cameras, start, end] = [picked(), moment("from"), moment("to")];
  return cameras.length && start < end ? { cameras, start, end } : null;
}

const extractor = () => brought?.probe.extractor ?? the("draft").dataset.extractor;

async function looked() {
  touched = null;
  touched = await reach(extractor(), scope(), oneIn(), taken);
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(doing(looked), PAUSE);
}

function taken(narrow) {
  for (const one of ticks()) one.checked = narrow.cameras.includes(one.value);
  the("from").value = field(narrow.start);
  the("to").value = field(narrow.end);
  counted();
  later();
}

// The list counts; the map shows what is ticked there, and a camera pressed on it is a tick in the list.
function counted() {
  const number = picked().length;
  for (const one of ticks()) marked(one.value)?.setAttribute("aria-pressed", String(one.checked));
  the("picked").textContent = number ? filled(words.picked, { n: count(number) }) : words.none_picked;
}

function sought() {
  const word = the("search").value.trim().toLowerCase();
  for (const one of ticks()) one.parentElement.hidden = !one.parentElement.textContent.toLowerCase().includes(word) && !one.checked;
}

// The helper's word is for these very pictures: one is this file, several are the sheet that comes back.
async function photos() {
  const files = [...the("photos").files];
  brought = null;
  the("shown").hidden = true;
  if (!files.length) return;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (files.length > MOST_PHOTOS || size > LARGEST) throw Object.assign(new Wrong("refused"), { said: words.too_much });
  say(words.looking);
  const sizes = files.map((file) => `sizes=${file.size}`).join("&"), body = new Blob(files);
  const headers = { "content-type": "application/octet-stream" };
  const told = await (await fetched(`/photo?${sizes}`, { method: "POST", headers, body })).json();
  const photo = told.sheet ? await (await fetched(`/sheet/${told.warrant}`)).blob() : files[0];
  if (hex(await sha256(await photo.arrayBuffer())) !== told.probe.image_digest) {
    throw Object.assign(new Wrong("picture"), { said: words.another_photo });
  }
  brought = told;
  judged(photo);
  say(words.photo_taken);
  later();
}

function judged(photo) {
  if (the("photo").src) URL.revokeObjectURL(the("photo").src);
  the("photo").src = URL.createObjectURL(photo);
  the("quality").textContent = filled(words.quality, { n: brought.quality ?? "?" });
  const reasons = brought.reasons.length ? brought.reasons : [words.nothing_better];
  the("reasons").replaceChildren(...reasons.map((one) => made("li", { textContent: visible(one) })));
  the("shown").hidden = false;
}

async function composed() {
  const wide = scope();
  if (!brought) throw Object.assign(new Wrong("refused"), { said: words.no_photo });
  if (!wide) throw Object.assign(new Wrong("refused"), { said: words.no_scope });
  clearTimeout(waiting);
  const { policy } = await act("policy", "Nothing", {});
  const { stated } = touched ?? (await extent(extractor(), wide));
  held = await written({
    deployment: (await configured()).deployment, warrant: brought.warrant, number: 1,
    case: the("case").value.trim(), purpose: the("purpose").value.trim(), legal_basis: the("basis").value.trim(),
    requester: the("draft").dataset.person, made: Date.now(), probe: brought.probe,
    scope: { ...wide, type: "Scope" },
    limits: {
      candidates: Number(the("candidates").value), uses: Number(the("uses").value), expires: moment("expires"),
      secrecy_end: moment("secrecy_end"), threshold: stated[oneIn()].threshold, one_in: Number(oneIn()), type: "Limits",
    },
    narrowed_from: "", narrowed_by: "", policy, ...(the("urgent").checked ? { kind: "urgent" } : {}),
  });
  show(held);
  the("review").hidden = false;
  the("review").focus();
  the("review").scrollIntoView();
}

async function file() {
  the("file").disabled = true;
  try {
    await filed("draft", held);
  } finally {
    the("file").disabled = false;
  }
  location.assign(`/cases/${held.said.warrant}`);
}

function shut() {
  held = null;
  the("review").hidden = true;
}

// The purposes that the policy's text names; which it allows, the custodian says.
async function purposes() {
  const { text } = await act("policy", "Nothing", {});
  const named = new Set([...text.matchAll(/resource\.purpose == "([^"\\]+)"/g)].map((one) => one[1]));
  the("purposes").replaceChildren(...[...named].map((value) => made("option", { value })));
}

function prefilled() {
  const hour = Math.ceil(Date.now() / HOUR) * HOUR;
  the("from").value = field(hour - 2 * HOUR);
  the("to").value = field(hour);
  the("secrecy_end").value = field(hour + 90 * 24 * HOUR);
  the("zone").textContent = moments.zone();
  expiring();
}

const expiring = () => { the("expires").value = field(Math.ceil(Date.now() / HOUR) * HOUR + (the("urgent").checked ? 23 : 48) * HOUR); };

addEventListener("DOMContentLoaded", () => {
  prefilled();
  the("draft").addEventListener("submit", doing(composed));
  the("draft").addEventListener("change", shut);
  the("photos").addEventListener("change", doing(photos));
  the("search").addEventListener("input", sought);
  the("urgent").addEventListener("change", expiring);
  the("cameras").addEventListener("change", counted);
  for (const tick of ticks()) marked(tick.value)?.addEventListener("click", () => tick.click());
  for (const id of ["cameras", "from", "to", "one_in"]) the(id).addEventListener("change", later);
  the("file").addEventListener("click", doing(file));
  the("back").addEventListener("click", () => { shut(); the("case").focus(); });
  doing(purposes)();
});
