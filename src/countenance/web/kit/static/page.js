"use strict";
// On every page of somebody who is signed in: the clock of the session, leaving, language, light. Needs session.js, moments.js.

addEventListener("DOMContentLoaded", () => {
  const light = document.getElementById("light"), language = document.getElementById("language");
  // Where the menu is one row that scrolls sideways, the page that is open is in sight.
  document.querySelector(".bar a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  document.getElementById("zone-here").textContent = moments.zone();
  document.getElementById("leave")?.addEventListener("click", leave);
  light?.addEventListener("click", () => {
    const dark = document.documentElement.dataset.light === "dark" || (!document.documentElement.dataset.light && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.light = localStorage.light = dark ? "light" : "dark";
  });
  language?.addEventListener("change", async () => {
    await keep("language", language.value);
    location.reload();
  });
  const renewing = () => renewed().catch((error) => { if ([401, 403, 409].includes(error.status)) location.reload(); });
  renewing();
  setInterval(renewing, 60000);
});
