"use strict";
// Cameras: declared, withdrawn, tested, drawn. Needs session.js, map.js and operator.js.

const value = (name) => document.getElementById(name).value.trim();

async function declare() {
  const camera = {
    type: "Camera", name: value("name"), edge: value("edge"), place: value("where"), purpose: value("purpose"),
    legal_basis: value("basis"), dpia: value("dpia"), notice: value("notice"),
    retention_hours: Number(value("retention")),
    publicly_accessible: document.querySelector("[name=public]:checked").value === "yes",
  };
  const { entry } = await act("declare", "Declaration", { camera });
  sessionStorage.said = `${words.declared_now} ${entry}`;
  location.assign(`/cameras?declared=${encodeURIComponent(camera.name)}#camera-${camera.name}`);
}

async function withdraw(name) {
  const { entry } = await act("withdraw", "Withdrawal", { camera: name });
  sessionStorage.said = `${words.withdrawn_now} ${entry}`;
  location.assign("/cameras");
}

async function test(card) {
  const { stands, rate } = await (await fetched(`/cameras/state?camera=${encodeURIComponent(card.dataset.camera)}`)).json();
  const tag = card.querySelector(".state"), told = words[`stands_${stands}`];
  tag.dataset.stands = stands;
  tag.textContent = told;
  say(`${card.dataset.camera}: ${told}${stands === "records" ? `, ${(rate / 1000).toFixed(1)} ${words.rate}` : ""}`);
}

// The map is the server's drawing: the page comes again with it.
function redrawn(told) {
  sessionStorage.said = told;
  location.reload();
}

async function place() {
  const camera = value("dot");
  await posted("/cameras/place", { camera, x: Number(value("x")), y: Number(value("y")) });
  redrawn(`${words.put_now} ${camera}`);
}

async function measure() {
  await posted("/cameras/measure", { metres: Number(value("metres")), north: Number(value("north")) });
  redrawn(words.map_measured);
}

// A text search, no evaluation: rules with `place_words`, their sentences and the words they name.
function rulesOf(text) {
  return text.split(/(?=@id\()/).filter((rule) => rule.startsWith("@id(") && rule.includes("place_words")).map((rule) => ({
    says: /@says\("((?:[^"\\]|\\.)*)"\)/.exec(rule)?.[1] ?? "",
    words: [...rule.slice(rule.indexOf("place_words")).matchAll(/"([^"\\]*)"/g)].map(([, word]) => word),
  }));
}

async function rules() {
  const { text } = await act("policy", "Nothing", {});
  const found = rulesOf(text), list = document.getElementById("rules-list");
  list.replaceChildren(...found.map((rule) => element("li", `${visible(rule.says)} ${rule.words.map(visible).join(", ")}`)));
  list.hidden = found.length === 0;
  for (const card of document.querySelectorAll(".camera")) {
    const here = new Set(card.dataset.place.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
    const named = found.flatMap((rule) => rule.words).filter((word) => here.has(word));
    const line = card.querySelector(".forbidden");
    line.hidden = named.length === 0;
    line.textContent = named.length ? `${words.rules_match} ${named.join(", ")}` : "";
    if (named.length) card.open = true;
  }
  say(found.length ? `${words.rules_shown} ${found.length}` : words.rules_none);
}

function listen() {
  const ending = document.getElementById("ending"), yes = document.getElementById("ending-yes");
  for (const card of document.querySelectorAll(".camera")) {
    const button = card.querySelector(".test");
    button.addEventListener("click", () => trying(button, () => test(card)));
    card.querySelector(".withdraw").addEventListener("click", () => {
      document.getElementById("ending-name").textContent = ending.dataset.camera = card.dataset.camera;
      ending.showModal();
    });
  }
  document.getElementById("ending-no").addEventListener("click", () => ending.close());
  yes.addEventListener("click", () => trying(yes, () => withdraw(ending.dataset.camera)).finally(() => ending.close()));
  for (const [name, what] of [["declare", declare], ["place", place], ["measure", measure]]) {
    const form = document.getElementById(name);
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      trying(event.submitter, what);
    });
  }
  const button = document.getElementById("rules"), plan = document.querySelector("#plan .plan");
  button.addEventListener("click", () => trying(button, rules));
  plan.addEventListener("click", (event) => {
    const box = plan.getBoundingClientRect();
    const part = (at, from, length) => Math.max(0, Math.min(1000, Math.round((1000 * (at - from)) / length)));
    const x = document.getElementById("x"), y = document.getElementById("y"), mark = event.target.closest(".mark");
    if (!x || !y) return;
    if (mark) {
      document.getElementById("dot").value = mark.dataset.camera;
      return;
    }
    x.value = part(event.clientX, box.left, box.width);
    y.value = part(event.clientY, box.top, box.height);
  });
}

addEventListener("DOMContentLoaded", () => {
  listen();
  if (sessionStorage.said) say(sessionStorage.said);
  delete sessionStorage.said;
});
