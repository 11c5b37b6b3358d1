"use strict";
// The session's key, which stays in this browser, and what it signs: a proof for every request, and every ask.
// Used by pages and by the worker. Needs bytes.js.

const DIGITS = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const ES256 = { name: "ECDSA", hash: "SHA-256" };
const P256 = { name: "ECDSA", namedCurve: "P-256" };

function shelf() {
  return new Promise((done, failed) => {
    const opening = indexedDB.open("countenance", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
    opening.onsuccess = () => done(opening.result);
    opening.onerror = () => failed(new Wrong("storage"));
  });
}

async function shelved(mode, act) {
  const base = await shelf();
  return new Promise((done, failed) => {
    const asked = act(base.transaction("kept", mode).objectStore("kept"));
    asked.onsuccess = () => { done(asked.result); base.close(); };
    asked.onerror = () => { failed(new Wrong("storage")); base.close(); };
  });
}

const kept = (name) => shelved("readonly", (store) => store.get(name));
const keep = (name, value) => shelved("readwrite", (store) => store.put(value, name));
const forget = (name) => shelved("readwrite", (store) => store.delete(name));

// RFC 9449: this request, this session, this moment.
async function proof(held, method, address, nonce) {
  const { origin, pathname } = new URL(address);
  const header = { typ: "dpop+jwt", alg: "ES256", jwk: held.jwk };
  const claims = {
    jti: DIGITS(crypto.getRandomValues(new Uint8Array(12))), htm: method, htu: origin + pathname,
    iat: Math.floor(Date.now() / 1000), ath: held.ath, ...(nonce ? { nonce } : {}),
  };
  const signed = `${DIGITS(utf8.encode(JSON.stringify(header)))}.${DIGITS(utf8.encode(JSON.stringify(claims)))}`;
  return `${signed}.${DIGITS(await crypto.subtle.sign(ES256, held.key, utf8.encode(signed)))}`;
}

// A key that nobody can read out, and the session that it would speak in, for a passkey to sign.
async function begun(told, person, hours) {
  const pair = await crypto.subtle.generateKey(P256, false, ["sign"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const made = Date.now();
  const session = record("Session", {
    deployment: told.deployment, person, key: hex(point), made, expires: made + hours * 3600000,
    nonce: hex(crypto.getRandomValues(new Uint8Array(16))),
  });
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { session, key: pair.privateKey, jwk: { kty, crv, x, y }, person, expires: made + hours * 3600000 };
}

// What is kept of a session once it was signed. `signature`: of the session, in hex.
async function settled(beginning, signature) {
  const { session, key, jwk, person, expires } = beginning;
  const letter = record("Signed", { signer: person, body: hex(session), signature });
  const token = DIGITS(await sha256(letter));
  return { key, jwk, person, expires, letter: hex(letter), token, ath: DIGITS(await sha256(utf8.encode(token))) };
}

// One act of the person who is signed in: what they ask of the custodian, signed by the session's key.
async function spoken(told, held, verb, type, fields) {
  const body = record("Ask", {
    body: hex(record(type, fields)), deployment: told.deployment, made: Date.now(),
    nonce: hex(crypto.getRandomValues(new Uint8Array(16))), person: held.person, reply_key: told.reply_key, verb,
  });
  const signature = hex(await crypto.subtle.sign(ES256, held.key, body));
  const word = record("SessionWord", { session: held.letter, signature });
  return hex(record("Signed", { signer: held.person, body: hex(body), signature: hex(word) }));
}
