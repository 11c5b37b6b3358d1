"use strict";
// A phone's page: a passkey gives a part for each flight, and the browser keeps the token that was sealed with it.
// Nothing is sent: what a part opens is between this phone, its holder and the flight's kiosks. While a flight is kept,
// a worker keeps the page, too (phone-worker.js).

const PLACE = "countenance phone", PATIENCE = 180000, EDGE = 4;
const one = (name) => document.querySelector(name), every = (name, within = document) => within.querySelectorAll(name);
const shown = one("#shown"), own = one("#own"), began = one("#begin");
let busy = false, standing = Promise.resolve();

class Said extends Error {}

const random = (size) => crypto.getRandomValues(new Uint8Array(size));

function say(word) {
  for (const line of every("[data-said]")) line.hidden = line.dataset.said !== word;
}

function unable() {
  hide();
  own.hidden = true;
  one("#plain").hidden = false;
  one("#plain").scrollIntoView();
}

// What is kept: the passkey that the next flight is asked with, and for each flight its own passkey and token, in hex.
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(PLACE));
    if (Array.isArray(found.flights)) return found;
  } catch {
    // There is nothing, or nothing of ours: both are as if nobody had been here.
  }
  return { credential: "", flights: [] };
}

function keep(all) {
  try {
    localStorage.setItem(PLACE, JSON.stringify(all));
  } catch {
    throw new Said("unkept");
  }
}

// Whether the page opens without a network, too: one after the other, so that what was forgotten stays so. Where it cannot
// be had, all else works. The worker itself stays once it came, and keeps nothing while no flight is kept.
function offline(kept) {
  standing = standing.then(kept ? pageKept : pageForgotten).catch(() => null);
}

async function pageKept() {
  const workers = navigator.serviceWorker, script = `${location.pathname}-worker.js`;
  const trusted = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => script });
  await workers.register(trusted?.createScriptURL("") ?? script, { scope: location.pathname, updateViaCache: "none" });
  (await workers.ready).active.postMessage("");
}

async function pageForgotten() {
  const places = (await caches.keys()).filter((name) => name.startsWith(PLACE));
  await Promise.all(places.map((name) => caches.delete(name)));
}

function entry(all, flight) {
  const found = all.flights.find((other) => other.flight === flight);
  if (!found) throw new Said("forgotten");
  return found;
}

const asked = async (flight) => ({ prf: { eval: { first: await saltOf(flight) } } });
const given = (credential) => credential.getClientExtensionResults().prf?.results?.first;

// A passkey that gives parts, as hex of its id; and the part, where the authenticator gives it at once.
async function made(flight) {
  const publicKey = {
    challenge: random(32),
    rp: { name: "Countenance" },
    user: { id: random(16), name: own.dataset.passkey, displayName: own.dataset.passkey },
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
    timeout: PATIENCE,
    extensions: await asked(flight),
  };
  const credential = await touched(() => navigator.credentials.create({ publicKey }));
  if (credential.getClientExtensionResults().prf?.enabled === true) return [hex(credential.rawId), given(credential)];
  // It is good for nothing here, so the phone need not keep it.
  const useless = { rpId: location.hostname, credentialId: credential.id };
  await PublicKeyCredential.signalUnknownCredential?.(useless).catch(() => null);
  throw new Said("unable");
}

async function partOf(flight, credential) {
  const publicKey = {
    challenge: random(32),
    allowCredentials: [{ type: "public-key", id: unhex(credential) }],
    userVerification: "required",
    timeout: PATIENCE,
    extensions: await asked(flight),
  };
  const part = given(await touched(() => navigator.credentials.get({ publicKey })));
  if (part?.byteLength !== PART) throw new Said("unable");
  return new Uint8Array(part);
}

async function touched(ask) {
  try {
    return await ask();
  } catch {
    throw new Said("untouched");
  }
}

function hide() {
  one("#drawn").replaceChildren();
  shown.hidden = true;
}

// `bytes` as a QR code, in letters that any scanner types.
function draw(bytes, flight, at) {
  const code = qrcode(0, "M");
  code.addData(base45(bytes), "Alphanumeric");
  code.make();
  const side = code.getModuleCount(), dark = [];
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      if (code.isDark(row, column)) dark.push(`M${column + EDGE} ${row + EDGE}h1v1h-1z`);
    }
  }
  const made = (name, facts) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [fact, value] of Object.entries(facts)) element.setAttribute(fact, value);
    return element;
  };
  const size = side + 2 * EDGE, svg = made("svg", { viewBox: `0 0 ${size} ${size}`, "shape-rendering": "crispEdges" });
  svg.append(made("rect", { width: size, height: size, fill: "#fff" }), made("path", { d: dark.join(""), fill: "#000" }));
  one("#drawn").replaceChildren(svg);
  one("#shown-flight").textContent = flight;
  for (const word of every("[data-shows]")) word.hidden = word.dataset.shows !== at;
  shown.hidden = false;
  one("#shown-title").focus();
}

async function show(flight, at, part) {
  const { credential, token } = entry(kept(), flight);
  const bytes = part ? new Uint8Array(part) : await partOf(flight, credential);
  draw(at === "gate" ? forGate(bytes, unhex(token)) : await forKiosk(bytes, flight), flight, at);
  bytes.fill(0);
}

async function begin() {
  const flight = flightOf(...["#number", "#day", "#origin", "#destination"].map((name) => one(name).value));
  if (!flight) throw new Said("flight_wrong");
  const all = kept();
  let part = null;
  keep(all);
  if (!all.flights.some((other) => other.flight === flight)) {
    if (!all.credential) [all.credential, part] = await made(flight);
    all.flights.unshift({ flight, credential: all.credential, token: "" });
    keep(all);
    began.reset();
    list();
    offline(true);
  }
  await show(flight, "kiosk", part);
  say("made");
}

async function read(file) {
  try {
    const [found] = await new BarcodeDetector({ formats: ["qr_code"] }).detect(await createImageBitmap(file));
    return found.rawValue;
  } catch {
    throw new Said("unread");
  }
}

async function take(flight, section) {
  const file = one(`#${section.id}-picture`).files[0], letters = one(`#${section.id}-letters`).value;
  const token = tokenOf(letters.replace(/[\r\n]/g, "") || (file ? await read(file) : ""));
  if (!token) throw new Said("no_token");
  const all = kept();
  entry(all, flight).token = hex(token);
  keep(all);
  list();
  say("taken");
  every("[data-flight]").forEach((title) => { if (title.textContent === flight) title.focus(); });
}

function forget(flight) {
  const all = kept();
  all.flights = all.flights.filter((other) => other.flight !== flight);
  // The next begins with a passkey of its own: this one may be what was lost.
  if (all.flights.length) keep(all);
  else {
    localStorage.removeItem(PLACE);
    offline(false);
  }
  list();
  say("gone");
  one("#number").focus();
}

const ACTS = { gate: (flight) => show(flight, "gate"), kiosk: (flight) => show(flight, "kiosk"), take, forget };

// One act at a time; what it cannot do, it says.
async function act(doing) {
  if (busy) return;
  busy = true;
  say("");
  hide();
  try {
    await doing();
  } catch (error) {
    if (!(error instanceof Said)) throw error;
    if (error.message === "unable") unable();
    else say(error.message);
  } finally {
    busy = false;
  }
}

function list() {
  const flights = kept().flights;
  one("#none").hidden = flights.length > 0;
  one("#kept").replaceChildren(...flights.map(({ flight, token }, number) => {
    const part = one("#flight").content.cloneNode(true), section = part.firstElementChild;
    section.id = `flight-${number}`;
    section.querySelector("[data-flight]").textContent = flight;
    for (const line of every("[data-is]", section)) line.hidden = (line.dataset.is === "held") !== Boolean(token);
    for (const [fact, name] of [["id", "id"], ["for", "for"], ["described", "aria-describedby"]]) {
      for (const field of every(`[data-${fact}]`, section)) field.setAttribute(name, `${section.id}-${field.dataset[fact]}`);
    }
    const reads = Boolean(globalThis.BarcodeDetector);
    every("[data-reads]", section).forEach((field) => { field.hidden = !reads; });
    every("[data-reads-not]", section).forEach((line) => { line.hidden = reads; });
    for (const button of every("[data-do]", section)) {
      button.addEventListener("click", () => act(() => ACTS[button.dataset.do](flight, section)));
      button.setAttribute("aria-label", `${button.textContent}: ${flight}`);
    }
    return part;
  }));
}

began.addEventListener("submit", (event) => {
  event.preventDefault();
  act(begin);
});
one("#hide").addEventListener("click", () => {
  hide();
  say("hidden");
});
document.addEventListener("visibilitychange", () => { if (document.hidden) hide(); });
if (globalThis.PublicKeyCredential) {
  one("#plain").hidden = true;
  own.hidden = false;
  list();
  if (kept().flights.length) offline(true);
}
