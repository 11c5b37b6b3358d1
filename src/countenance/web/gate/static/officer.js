"use strict";
// The officer page: each form is one act, the board is asked for every two seconds. Needs session.js.

const EVERY = 2000;
let came = 0;

async function drawn() {
  const board = document.getElementById("board"), focus = document.activeElement?.id;
  const text = await (await fetched(`${AT}/board`)).text();
  if (board.dataset.text === text) return;
  // A flight that was joined meanwhile has forms of its own.
  if (document.getElementById("none") && !text.includes('id="none"')) return location.reload();
  const typed = [...board.querySelectorAll("input[id]")].map((field) => [field.id, field.value]);
  board.dataset.text = text;
  board.innerHTML = text;
  for (const [id, value] of typed) if (document.getElementById(id)) document.getElementById(id).value = value;
  if (focus) document.getElementById(focus)?.focus();
}

addEventListener("submit", async (event) => {
  const form = event.target, button = event.submitter;
  if (!form.dataset.act) return;
  event.preventDefault();
  say("", true);
  const given = Object.fromEntries(new FormData(form, button));
  if (form.dataset.act === "other") given.milliseconds = String(came ? Math.round(performance.now() - came) : 0);
  try {
    await posted(`${AT}/act/${form.dataset.act}`, given);
    if (form.dataset.reload !== undefined) return location.reload();
    form.reset();
    came = 0;
    say(form.dataset.done ?? "");
    await drawn();
  } catch (error) {
    say(explained(error), true);
  }
});

addEventListener("DOMContentLoaded", () => {
  document.querySelector("#other-ticket")?.addEventListener("input", () => { came ||= performance.now(); });
  setInterval(() => drawn().catch((error) => (error.status === 401 ? location.reload() : say(explained(error), true))), EVERY);
});
