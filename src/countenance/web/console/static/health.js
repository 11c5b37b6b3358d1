"use strict";
// Health: what is measured, anew every ten seconds, while somebody looks. Needs session.js.

const PAUSE = 10000;

async function measured() {
  if (document.hidden) return;
  const text = await (await fetched("/health", { headers: { accept: "text/html" } })).text();
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("measured");
  // Whoever reads with the keyboard in a table keeps their place.
  if (fresh && !document.getElementById("measured").contains(document.activeElement)) {
    document.getElementById("measured").replaceWith(fresh);
  }
}

addEventListener("DOMContentLoaded", () => {
  setInterval(() => measured().then(() => say("", true), (error) => say(explained(error), true)), PAUSE);
});
