"use strict";
// The demo desk: what a visitor clicks, the desk does with the key file of whom they play. Needs bytes.js, session.js.

const A_MINUTE = 60000;
const doors = { console: `${document.body.dataset.console}/play`, gate: `${document.body.dataset.gate}/officer/play` };
const beneath = (element) => element.closest("article");

// The page of console or gate goes back and forth through the address: a session and its signature, neither worth anything
// without the key that stays in that page's browser.
function asking() {
  const asked = new URLSearchParams(location.hash.slice(1)), session = asked.get("session");
  const door = asked.get("back") === "gate" ? doors.gate : doors.console;
  if (!session) return;
  history.replaceState(null, "", "/");
  const { person } = spelled(unhex(session), "Session");
  const sign = async () => {
    const { signature } = await posted("/session", { session });
    location.replace(`${door}#signature=${signature}`);
  };
  const chosen = JSON.parse(localStorage.entering ?? "{}");
  delete localStorage.entering;
  if (chosen.person === person && Date.now() - chosen.at < A_MINUTE) return sign();
  document.getElementById("asked-person").textContent = visible(person);
  document.getElementById("asked").hidden = false;
  document.getElementById("sign").addEventListener("click", trying(sign));
}

async function again(said) {
  const text = await (await fetched("/", { headers: { accept: "text/html" } })).text();
  const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("waiting");
  document.getElementById("waiting").replaceWith(document.adoptNode(fresh));
  say(said);
}

const ACTS = {
  async read(article) {
    const { words, hash } = await posted("/read", named(article));
    article.dataset.hash = hash;
    article.querySelector("pre").textContent = words;
    opened(article, "pre");
  },
  async approve(article) {
    await decided(article, true, "");
  },
  async refuse(article) {
    const reason = article.querySelector("input").value.trim();
    if (!reason) throw Object.assign(new Wrong("reason"), { said: document.body.dataset.reason });
    await decided(article, false, reason);
  },
  async reply(article) {
    const sightings = [...article.querySelectorAll("[name=sighting]:checked")].map((one) => one.value);
    const { person, request } = article.dataset, met = article.querySelector("[name=met]").checked;
    const { outcome, entry } = await posted("/reply", { person, request, sightings, met });
    await again(`${document.body.dataset.done} ${outcome} (${entry})`);
  },
  async look(article) {
    const image = article.querySelector("img");
    const answer = await fetched("/look", json({ ...named(article), candidate: article.dataset.candidate }));
    image.src = URL.createObjectURL(await answer.blob());
    opened(article, "[data-verdict]");
  },
  async judge(article, button) {
    const { outcome } = await posted("/judge", { ...named(article), candidate: article.dataset.candidate, verdict: button.dataset.verdict });
    await again(`${document.body.dataset.done} ${outcome}`);
  },
};

const json = (value) => ({ method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
const named = (article) => ({ person: article.dataset.person, warrant: article.dataset.warrant });

async function decided(article, approves, reason) {
  const { approvals, needed } = await posted("/decide", { ...named(article), hash: article.dataset.hash, approves, reason });
  await again(`${document.body.dataset.done} ${approvals} / ${needed}`);
}

function opened(article, first) {
  article.querySelector(".text").hidden = false;
  article.querySelector(first).focus();
}

// One thing at a time: buttons rest meanwhile, and what is refused is said.
const trying = (work) => async (event) => {
  event?.preventDefault();
  const buttons = [...document.querySelectorAll("button")];
  buttons.forEach((one) => { one.disabled = true; });
  say("");
  say("", true);
  try {
    await work();
  } catch (error) {
    say(visible(explained(error)), true);
    document.getElementById("alert").scrollIntoView({ block: "nearest" });
  } finally {
    buttons.forEach((one) => { one.disabled = false; });
  }
};

addEventListener("DOMContentLoaded", () => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act], #again, [data-enter]");
    if (!button) return;
    if (button.dataset.enter) localStorage.entering = JSON.stringify({ person: button.dataset.enter, at: Date.now() });
    else if (button.id === "again") trying(() => again(""))();
    else trying(() => ACTS[button.dataset.act](beneath(button), button))();
  });
  const form = document.getElementById("enrol");
  form.addEventListener("submit", (event) => trying(async () => {
    const registration = await form.elements.file.files[0].text();
    const { name, credentials } = await posted("/enrol", { registration, role: form.elements.role.value });
    await again(`${name} ${document.body.dataset.enrolled} ${credentials[0].fingerprint}`);
  })(event));
  trying(async () => asking())();
});
addEventListener("hashchange", () => trying(async () => asking())());
