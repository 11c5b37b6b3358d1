"use strict";
// The empty shell: the way in, and nothing else. Needs bytes.js, keys.js, enrol.js, session.js.

const HOURS = 10;
const shown = (name, yes) => { document.getElementById(name).hidden = !yes; };

async function ready() {
  if (!navigator.serviceWorker) throw Object.assign(new Wrong("refused"), { said: document.body.dataset.old });
  await navigator.serviceWorker.register(`${AT}/worker.js`, { scope: `${AT}/`, updateViaCache: "none" });
  const { active } = await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller) return;
  const controlled = new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done, { once: true }));
  active.postMessage("");
  await controlled;
}

async function signed(beginning) {
  const made = await navigator.credentials.get({
    publicKey: { challenge: await sha256(beginning.session), rpId: told.rp_id, userVerification: "required", timeout: PATIENCE },
  });
  return hex(record("Assertion", {
    credential: hex(made.rawId), authenticator_data: hex(made.response.authenticatorData),
    client_data: hex(made.response.clientDataJSON), signature: hex(made.response.signature),
  }));
}

async function signIn(person) {
  const beginning = await begun(await configured(), person, HOURS);
  let signature;
  try {
    signature = await signed(beginning);
  } catch {
    throw Object.assign(new Wrong("refused"), { said: document.body.dataset.untouched });
  }
  await keep("session", await settled(beginning, signature));
  await entered();
}

async function entered() {
  try {
    await enter();
  } catch (error) {
    if (error.status === 403 || error.status === 409 || error.status === 400) await forget("session");
    throw error;
  }
  location.reload();
}

async function begin() {
  await ready();
  await configured();
  document.getElementById("demo").hidden = !told.demo;
  await globalThis.played?.();
  const held = await kept("session");
  if (held && held.expires > Date.now()) await entered();
  if (held && held.expires <= Date.now()) await forget("session");
}

const trying = (what) => async (event) => {
  event?.preventDefault();
  say("", true);
  try {
    await what();
  } catch (error) {
    say(explained(error), true);
  }
};

addEventListener("DOMContentLoaded", () => {
  const person = () => document.getElementById("person").value.trim();
  document.getElementById("sign-in").addEventListener("submit", trying(() => signIn(person())));
  document.getElementById("enrol").addEventListener("click", trying(async () => {
    const { file, fingerprint } = await enrolled(await configured(), person(), document.title);
    const link = document.getElementById("registration");
    link.href = URL.createObjectURL(new Blob([file], { type: "application/json" }));
    link.download = `${person().replaceAll("/", "-")}${AT.replace("/", ".") || ".console"}.json`;
    document.getElementById("fingerprint").textContent = fingerprint;
    shown("enrolled", true);
  }));
  trying(begin)().finally(() => shown("way-in", true));
});
