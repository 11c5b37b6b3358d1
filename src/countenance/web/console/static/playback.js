"use strict";
// Playback: one clock, up to four cameras that follow it. Each camera's hour is opened by an ask of the person who looks,
// and no hour before the clock is in it. Needs session.js, footage.js, timeline.js.

// The console lets go of a key that was not used for ten minutes or more: so what lay unused for nine is asked for anew.
const UNUSED = 9 * 60000, MOST = 4, TICK = 100, FRESHENED = 15000, SPEEDS = ["0.5", "1", "2", "4", "8", "16"];
const reasons = new Map(), looks = new Map();
const state = { tiles: [], moment: 0, playing: false, timed: 0, loading: 0, told: -1 };
let desk, line;

const element = (id) => document.getElementById(id);
const dayOf = (moment) => new Date(moment).toDateString();
const speed = () => Number(element("speed").value);
const hourOf = (moment) => Math.floor(moment / HOUR);

function wrong(error) {
  return error instanceof Wrong && error.message === "unplayable" ? desk.dataset.unplayable : explained(error);
}

function troubled(tile, error) {
  tile.trouble = wrong(error);
  say(tile.trouble, true);
}

// Ask the custodian for one camera's hour, once: an entry. The key stays in the console's process.
function look(camera, moment) {
  const hour = hourOf(moment), place = `${camera}/${hour}`, reason = reasons.get(`${camera}/${dayOf(moment)}`);
  if (!reason) return Promise.reject(Object.assign(new Wrong("reason"), { said: desk.dataset.again }));
  if (!looks.has(place)) {
    const asked = act("look", "Look", { camera, first: hour, last: hour, reason }).then((told) => {
      if (!told.hours.includes(hour)) throw Object.assign(new Wrong("gone"), { said: desk.dataset.gone });
      Object.assign(looks.get(place), { open: true, used: Date.now() });
      linked(element("status"), `${camera}: ${desk.dataset.looked} ${told.entry}`, told.entry);
    });
    looks.set(place, { open: false, used: 0, asked });
  }
  return looks.get(place).asked;
}

// Whether a segment may be fetched; `now`: the clock is in it, so that its hour is asked for.
function mayFetch(tile, segment, now) {
  const place = `${tile.camera}/${hourOf(segment.start)}`, known = looks.get(place);
  if (known?.open && Date.now() - known.used < UNUSED) {
    known.used = Date.now();
    return true;
  }
  if ((known && !known.open) || !now) return false;
  looks.delete(place);
  look(tile.camera, segment.start).catch((error) => {
    if (error.message === "reason") pause();
    troubled(tile, error);
    if (error.message === "reason") element("reason").focus();
  });
  return false;
}

async function activity(tile, from, to) {
  const told = await (await fetched(`/playback/${tile.camera}/activity?start=${from}&end=${to}`)).json();
  tile.segments = told.segments.map(([start, end, id]) => ({ start, end, id }));
  tile.minutes = told.minutes;
}

// The timeline around a moment.
async function around(moment) {
  const span = Number(element("span").value) * MINUTE, from = Math.max(0, Math.round(moment - span / 2)), to = from + span;
  const round = (state.loading += 1);
  await Promise.all(state.tiles.map(async (tile) => {
    try {
      await activity(tile, from, to);
    } catch (error) {
      troubled(tile, error);
    }
  }));
  if (round === state.loading) line.show(from, to, state.tiles);
}

// What was recorded since the timeline was fetched.
async function freshen() {
  if (desk.hidden || document.hidden || line.to < Date.now() - FRESHENED) return;
  const { from, to } = line;
  await Promise.all(state.tiles.filter((tile) => !tile.trouble).map((tile) => activity(tile, from, to))).catch(() => {});
}

// The moment, or where footage is nearest in that direction; null if there is none.
function footageNear(moment, direction) {
  const tiles = state.tiles.filter((tile) => !tile.trouble);
  if (tiles.some((tile) => tile.at(moment))) return moment;
  const later = tiles.map((tile) => tile.next(moment)).filter(Boolean).map((one) => one.start);
  const sooner = tiles.map((tile) => tile.previous(moment)).filter(Boolean).map((one) => Math.max(one.start, one.end - 1000));
  const [after, before] = [later.length ? Math.min(...later) : null, sooner.length ? Math.max(...sooner) : null];
  return direction < 0 ? before ?? after : after ?? before;
}

async function jump(moment, direction = 1) {
  const to = Math.max(0, Math.min(Date.now(), Math.round(moment)));
  if (!line.holds(to)) await around(to);
  const found = footageNear(to, direction);
  if (found === null) say(desk.dataset.nothing, true);
  else say("", true);
  state.moment = found ?? to;
  tick();
}

function pause() { Object.assign(state, { playing: false, told: -1 }); shown(); }

function toggle() {
  state.playing = !state.playing;
  state.told = -1;
  state.timed = performance.now();
  shown();
  tick();
}

function faster(step) {
  const at = SPEEDS.indexOf(element("speed").value) + step;
  if (SPEEDS[at]) element("speed").value = SPEEDS[at];
}

// To the minute with sightings before or after this one.
function toActivity(direction) {
  const now = Math.floor(state.moment / MINUTE) * MINUTE;
  const minutes = state.tiles.flatMap((tile) => tile.minutes.map(([minute]) => minute));
  const found = minutes.filter((minute) => (direction > 0 ? minute > now : minute < now)).sort((one, other) => one - other);
  if (found.length) jump(direction > 0 ? found[0] : found[found.length - 1], direction);
  else say(desk.dataset.over);
}

function tick() {
  const now = performance.now(), passed = Math.min(1500, now - state.timed);
  state.timed = now;
  const ahead = speed() >= 4 ? 3 : 1;
  let ready = true;
  for (const tile of state.tiles) {
    if (!tile.trouble) tile.want(state.moment, ahead, (segment, there) => mayFetch(tile, segment, there));
    ready = tile.follow(state.moment, state.playing, speed(), desk.dataset) && ready;
  }
  if (state.playing && ready) onward(passed * speed());
  shown();
}

function onward(passed) {
  const to = state.moment + passed, tiles = state.tiles.filter((tile) => !tile.trouble);
  if (tiles.some((tile) => tile.at(to))) state.moment = to;
  else {
    const next = tiles.map((tile) => tile.next(state.moment)).filter(Boolean).map((one) => one.start);
    if (next.length) state.moment = Math.min(...next);
    else {
      pause();
      say(desk.dataset.over);
    }
  }
}

// The clock goes on every second; the slider's text every tenth while it plays, so that nobody is talked to all the time.
function shown() {
  const { moment, playing } = state, second = Math.floor(moment / 1000);
  element("play").textContent = playing ? desk.dataset.pause : desk.dataset.play;
  line.draw(moment);
  if (state.told === second) return;
  state.told = second;
  moments.put(element("local"), moment);
  element("utc").textContent = utcTime(moment);
  if (playing && second % 10) return;
  const minutes = state.tiles.flatMap((tile) => tile.minutes).filter(([minute]) => minute <= moment && moment < minute + MINUTE);
  line.tell(Math.round(moment), `${minutes.reduce((sum, [, count]) => sum + count, 0)} ${desk.dataset.sightings}`);
}

async function begin(event) {
  event.preventDefault();
  const chosen = [...document.querySelectorAll("[name=camera]:checked")].map((box) => box.value);
  const moment = new Date(element("at").value).getTime() || Date.now(), why = element("reason").value.trim();
  say("", true);
  if (!chosen.length) return say(desk.dataset.noCamera, true);
  if (chosen.length > MOST) return say(desk.dataset.most, true);
  const lacking = chosen.filter((camera) => !reasons.has(`${camera}/${dayOf(moment)}`));
  if (lacking.length && !why) {
    element("reason").focus();
    return say(desk.dataset.noReason, true);
  }
  for (const camera of why ? chosen : []) {
    reasons.set(`${camera}/${dayOf(moment)}`, why);
    for (const place of looks.keys()) if (place.startsWith(`${camera}/`)) looks.delete(place);
  }
  element("reason").value = "";
  pause();
  for (const tile of state.tiles) tile.end();
  state.tiles = chosen.map((camera) => new Tile(camera, troubled, tick));
  element("tiles").replaceChildren(...state.tiles.map((tile) => tile.figure));
  element("tiles").dataset.count = chosen.length;
  desk.hidden = false;
  await around(moment);
  if (state.tiles.some((tile) => !tile.trouble)) await jump(moment);
  line.element.focus({ preventScroll: true });
}

function pressed(event) {
  const { target, key, shiftKey } = event;
  if (desk.hidden || event.ctrlKey || event.altKey || event.metaKey) return;
  if (target.closest("input:not([type=checkbox])")) return;
  if ((key === " " && target.closest("button, input, select")) || (key.startsWith("Arrow") && target.closest("select"))) return;
  const far = shiftKey ? MINUTE : 5000;
  const deed = {
    " ": toggle, k: toggle, j: () => jump(state.moment - 10000, -1), l: () => jump(state.moment + 10000),
    arrowleft: () => jump(state.moment - far, -1), arrowright: () => jump(state.moment + far),
    "[": () => toActivity(-1), "]": () => toActivity(1), "+": () => faster(1), "=": () => faster(1), "-": () => faster(-1),
  }[key.toLowerCase()];
  if (!deed) return;
  event.preventDefault();
  deed();
}

addEventListener("DOMContentLoaded", () => {
  desk = element("desk");
  line = new Timeline(element("timeline"), jump);
  const asked = new URLSearchParams(location.search), at = Number(asked.get("at")) || Date.now();
  element("at").value = new Date(at - new Date(at).getTimezoneOffset() * 60000).toISOString().slice(0, 19);
  element("reason").value = asked.get("reason") ?? "";
  for (const box of document.querySelectorAll("[name=camera]")) box.checked = asked.getAll("camera").includes(box.value);
  element("choice").addEventListener("submit", begin);
  element("span").addEventListener("change", () => { if (!desk.hidden) around(state.moment).then(tick); });
  element("play").addEventListener("click", toggle);
  element("back").addEventListener("click", () => jump(state.moment - 10000, -1));
  element("on").addEventListener("click", () => jump(state.moment + 10000));
  element("before").addEventListener("click", () => toActivity(-1));
  element("after").addEventListener("click", () => toActivity(1));
  document.addEventListener("keydown", pressed);
  setInterval(() => { if (!desk.hidden) tick(); }, TICK);
  setInterval(freshen, FRESHENED);
});
