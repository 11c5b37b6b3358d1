"use strict";
// On a page that was refused for a role or a camera: the custodian says so itself, or what changed. Needs session.js.

addEventListener("DOMContentLoaded", async () => {
  const { wanted, now } = document.getElementById("main").dataset;
  say(await refused(JSON.parse(wanted)).then(() => now, explained));
});
