"use strict";
// Keeps the phone's page once a flight is written on it, so that it opens without a network: this language's page and
// its files as they came last, all or none, and nothing that anybody wrote. It asks for nothing else.

const PLACE = "countenance phone";
const FILES = [
  "phone", "/kit/icon.svg", "/kit/vendor/govuk-frontend.min.css", "/static/portal.css", "/kit/bytes.js",
  "/kit/vendor/qrcode.js", "/static/carried.js", "/static/phone.js",
];

async function fresh() {
  const place = await caches.open(PLACE);
  await place.addAll(FILES.map((path) => new Request(path, { cache: "no-cache", credentials: "omit" })));
}

async function answered(request) {
  return (await caches.match(request, { cacheName: PLACE, ignoreVary: true })) ?? fetch(request);
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(fresh());
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith(answered(event.request));
  // What is new is there the next time.
  if (event.request.mode === "navigate") event.waitUntil(fresh().catch(() => null));
});
