"use strict";
// The worker: puts a proof of possession on every request of this origin's pages, navigations and streams included.
// A navigation that would change something gets none: other sites can start those.

importScripts("/kit/bytes.js", "/kit/keys.js");

const OPEN = /^\/(kit|static)\/|^\/(worker\.js|configuration)$/;
let nonce = "";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
// From a page that was loaded past this worker, as a browser does when somebody holds shift and reloads.
self.addEventListener("message", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || OPEN.test(pathname)) return;
  if (request.mode === "navigate" && request.method !== "GET") return;
  event.respondWith(answered(request));
});

async function answered(request) {
  const [held, language] = await Promise.all([kept("session"), kept("language")]);
  const body = ["GET", "HEAD"].includes(request.method) ? undefined : await request.arrayBuffer();
  const first = await proved(request, body, held, language);
  if (first.status !== 401 || !(first.headers.get("www-authenticate") ?? "").includes("use_dpop_nonce")) return first;
  return proved(request, body, held, language);
}

async function proved(request, body, held, language) {
  const headers = new Headers(request.headers);
  if (language) headers.set("accept-language", language);
  if (held) {
    headers.set("authorization", `DPoP ${held.token}`);
    headers.set("dpop", await proof(held, request.method, request.url, nonce));
  }
  const options = { method: request.method, headers, body, credentials: "omit", cache: "no-store", signal: request.signal };
  const answer = await fetch(request.url, { ...options, redirect: request.mode === "navigate" ? "manual" : "error" });
  nonce = answer.headers.get("dpop-nonce") ?? nonce;
  return answer;
}
