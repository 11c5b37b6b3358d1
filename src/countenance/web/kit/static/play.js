"use strict";
// Only in demo deployments: the desk signs, with the key file of whoever is played, the session that this browser began.
// Both go through the address: neither is worth anything without the key, which stays here. Needs shell.js.

const DOOR = `${AT}/play`;
const handed = new URLSearchParams(location.pathname === DOOR ? location.hash.slice(1) : "");
if (location.pathname === DOOR) history.replaceState(null, "", `${AT}/`);

async function played() {
  if (!told.desk) return;
  document.getElementById("desk-link").href = told.desk;
  shown("desk", true);
  if (handed.has("person")) await begunFor(handed.get("person"));
  if (handed.has("signature")) await signedFor(handed.get("signature"));
}

async function begunFor(person) {
  const beginning = await begun(told, person, HOURS);
  await keep("beginning", beginning);
  location.replace(`${told.desk}/#session=${hex(beginning.session)}&back=${AT ? "gate" : "console"}`);
  await new Promise(() => {});
}

async function signedFor(signature) {
  const beginning = await kept("beginning");
  await forget("beginning");
  if (!beginning) throw Object.assign(new Wrong("refused"), { said: document.getElementById("desk").dataset.stale });
  if (await kept("session")) await posted(`${AT}/leave`, {}).catch(() => {});
  await keep("session", await settled(beginning, signature));
}
