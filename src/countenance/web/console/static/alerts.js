"use strict";
// Alerts: a stream says that there is another, the reviewer's own ask fetches them. Needs session.js.

let known = null, tone = null;

async function fetchedAlerts(desk) {
  const there = { ...(await configured()), deployment: desk.dataset.deployment, reply_key: desk.dataset.replyKey };
  const signed = await spoken(there, await kept("session"), "alerts", "Nothing", {});
  return (await posted("/gallery/ask", { signed })).alerts;
}

function line(alert, desk, fresh) {
  const row = document.createElement("tr");
  const after = ((alert.made - alert.moment) / 1000).toFixed(1);
  const cells = [
    [moments.element(alert.moment)], [visible(alert.camera)], [alert.gallery, "id"], [alert.reference, "id"],
    [`${after} ${desk.dataset.seconds}`, "number"], [alert.sighting, "id"], [alert.entry, "number"],
  ];
  for (const [text, kind] of cells) {
    const cell = row.appendChild(document.createElement("td"));
    cell.append(text);
    if (kind) cell.className = kind;
  }
  row.dataset.alert = alert.alert;
  if (fresh) row.className = "new";
  return row;
}

function sound() {
  tone ??= new AudioContext();
  const [oscillator, gain] = [tone.createOscillator(), tone.createGain()];
  gain.gain.value = 0.1;
  oscillator.frequency.value = 660;
  oscillator.connect(gain).connect(tone.destination);
  oscillator.start();
  oscillator.stop(tone.currentTime + 0.35);
}

async function renewedList(desk) {
  const alerts = (await fetchedAlerts(desk)).sort((one, other) => other.moment - one.moment);
  const fresh = known === null ? [] : alerts.filter((one) => !known.has(one.alert));
  document.getElementById("alerts").replaceChildren(...alerts.map((one) => line(one, desk, fresh.includes(one))));
  document.getElementById("none").hidden = alerts.length > 0;
  known = new Set(alerts.map((one) => one.alert));
  if (!fresh.length) return;
  say(`${desk.dataset.new} ${fresh.map((one) => visible(one.camera)).join(", ")}`);
  if (document.getElementById("sound").checked) sound();
}

function listen(desk) {
  const state = document.getElementById("state"), stream = new EventSource("/alerts/stream");
  const shown = (word, kind) => { state.textContent = word; state.className = `tag ${kind}`; };
  stream.addEventListener("count", () => {
    shown(desk.dataset.live, "good");
    renewedList(desk).catch((error) => say(explained(error), true));
  });
  stream.addEventListener("away", () => shown(desk.dataset.away, "bad"));
  stream.addEventListener("error", () => {
    shown(desk.dataset.away, "bad");
    stream.close();
    setTimeout(() => listen(desk), 1000);
  });
}

addEventListener("DOMContentLoaded", () => {
  const desk = document.getElementById("desk"), box = document.getElementById("sound");
  if (!desk) return;
  box.checked = localStorage.sound === "on";
  box.addEventListener("change", () => { localStorage.sound = box.checked ? "on" : "off"; if (box.checked) sound(); });
  listen(desk);
});
