"use strict";
// Cameras: declared, withdrawn, tested, drawn. Needs session.js and operator.js.

const value = (name) => document.getElementById(name).value.trim();
const SVG = "http://www.w3.org/2000/svg";

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

function drawn(camera, x, y) {
  const plan = document.getElementById("plan");
  const made = (kind, facts) => {
    const one = document.createElementNS(SVG, kind);
    for (const [name, fact] of Object.entries(facts)) one.setAttribute(name, fact);
    return one;
  };
  plan.querySelector(`g[data-camera="${CSS.escape(camera)}"]`)?.remove();
  const group = made("g", { "data-camera": camera });
  const text = made("text", { x, y: y > 60 ? y - 26 : y + 56, "text-anchor": x < 150 ? "start" : x > 850 ? "end" : "middle" });
  text.textContent = camera;
  group.append(made("circle", { cx: x, cy: y, r: 16 }), text);
  plan.append(group);
}

async function place() {
  const camera = value("dot"), x = Number(value("x")), y = Number(value("y"));
  await posted("/cameras/place", { camera, x, y });
  drawn(camera, x, y);
  say(`${words.put_now} ${camera}`);
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
  for (const [name, what] of [["declare", declare], ["place", place]]) {
    const form = document.getElementById(name);
    form?.addEventListener("submit", (event) => {
      event.preventDefault();
      trying(event.submitter, what);
    });
  }
  const button = document.getElementById("rules"), plan = document.getElementById("plan");
  button.addEventListener("click", () => trying(button, rules));
  plan.addEventListener("click", (event) => {
    const box = plan.getBoundingClientRect();
    const part = (at, from, length) => Math.max(0, Math.min(1000, Math.round((1000 * (at - from)) / length)));
    const x = document.getElementById("x"), y = document.getElementById("y");
    if (!x || !y) return;
    x.value = part(event.clientX, box.left, box.width);
    y.value = part(event.clientY, box.top, box.height);
  });
}

addEventListener("DOMContentLoaded", () => {
  listen();
  if (sessionStorage.said) say(sessionStorage.said);
  delete sessionStorage.said;
});
