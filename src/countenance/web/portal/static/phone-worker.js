"use strict";
// Keeps the phone's page once a flight is written on it, so that it opens without a network: this language's page and
// its files as they came last, all or none, and nothing that anybody wrote. It asks for nothing else.

// Each language's own, so that what came with one page is never beside another that came before.
const PLACE = `countenance phone ${location.pathname}`, LOADED = 3000;
const FILES = [
  "phone", "/kit/icon.svg", "/kit/vendor/govuk-frontend.min.css", "/static/portal.css", "/kit/bytes.js",
  "/kit/vendor/qrcode.js", "/static/carried.js", "/static/phone.js",
];
const AS_IT_COMES = { cache: "no-cache", credentials: "omit", redirect: "error" };

async function fresh() {
  const place = await caches.open(PLACE);
  await place.addAll(FILES.map((path) => new Request(path, AS_IT_COMES)));
}

const held = (request) => caches.match(request, { cacheName: PLACE, ignoreVary: true });

async function answered(request) {
  return (await held(request)) ?? fetch(request);
}

// Once the page that was opened has its files, so that none is of two versions; unless all was forgotten meanwhile.
async function later() {
  await new Promise((done) => setTimeout(done, LOADED));
  if (await held("phone")) await fresh();
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(fresh());
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
// A flight is kept. Where the last was forgotten before, this worker stayed, and nothing that it kept.
addEventListener("message", (event) => event.waitUntil(held("phone").then((page) => page ?? fresh()).catch(() => null)));
addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith(answered(event.request));
  // What is new is there the next time.
  if (event.request.mode === "navigate") event.waitUntil(later().catch(() => null));
});
