"use strict";
// The live wall: one stream for all tiles, another for the camera that is opened, a look for each camera and hour.
// Needs bytes.js, session.js, moments.js, map.js. Frames: docs/formats/console.md.

const HOUR_MS = 3600000, LATE = 5000, SILENT = 10000, AT_ONCE = 4, AGAIN = { missing: 60000, failed: 15000 };
const BEATS = 0, SHOWN = 20;
const still = matchMedia("(prefers-reduced-motion: reduce)");
const wall = new Map();
let words = {}, looks = false, ahead = null, large = null, summed = "";

const clock = () => Date.now() + (ahead ?? 0);
const hourNow = () => Math.floor(clock() / HOUR_MS);
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} ${words.seconds}`;

// Draws the newest picture it is given; what comes while one is decoded replaces what waits.
class Screen {
  constructor(canvas, fitted) {
    Object.assign(this, { canvas, fitted, context: canvas.getContext("2d"), moment: 0, next: null, busy: false });
  }

  show(picture) {
    if (this.fitted && still.matches && picture.moment - this.moment < 1000) return;
    this.next = picture;
    if (!this.busy) this.draw();
  }

  async draw() {
    this.busy = true;
    while (this.next) {
      const picture = this.next;
      this.next = null;
      const bitmap = await createImageBitmap(new Blob([picture.jpeg], { type: "image/jpeg" })).catch(() => null);
      if (!bitmap) continue;
      this.paint(bitmap);
      bitmap.close();
      this.moment = picture.moment;
      const detail = { camera: picture.camera, moment: picture.moment, sent: picture.sent, received: picture.received, drawn: clock() };
      this.canvas.dispatchEvent(new CustomEvent("drawn", { bubbles: true, detail }));
    }
    this.busy = false;
  }

  paint(bitmap) {
    const { canvas, context } = this;
    if (!this.fitted && (canvas.width !== bitmap.width || canvas.height !== bitmap.height)) {
      Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
    }
    const scale = Math.min(canvas.width / bitmap.width, canvas.height / bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    context.drawImage(bitmap, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
  }

  clear() {
    Object.assign(this, { moment: 0, next: null });
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}


// One frame of the stream; a picture's has its camera, its moment, and when the console had it.
function frameOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length), kind = bytes[0];
  if (kind === BEATS) return { kind, told: JSON.parse(strict.decode(bytes.subarray(1))) };
  const at = 2 + bytes[1], camera = strict.decode(bytes.subarray(2, at));
  const [moment, sent] = [Number(view.getBigUint64(at)), Number(view.getBigUint64(at + 8))];
  return { kind, camera, moment, sent, received: clock(), jpeg: bytes.slice(at + SHOWN) };
}

function appended(one, other) {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

async function streamed(path, take, signal) {
  const reader = (await fetched(path, { signal })).body.getReader();
  let rest = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest = rest.length ? appended(rest, value) : value;
    const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
    let at = 0;
    while (rest.length - at >= 4 && rest.length - at - 4 >= view.getUint32(at)) {
      const end = at + 4 + view.getUint32(at);
      take(frameOf(rest.subarray(at + 4, end)));
      at = end;
    }
    rest = rest.slice(at);
  }
}

// Streams end after some minutes: another is opened, until `signal` or a refusal ends it. `wrong`: told of each fault.
async function streaming(path, take, signal, wrong) {
  while (!signal.aborted) {
    try {
      await streamed(path, take, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) return location.reload();
      wrong(explained(error) || words.away);
      if (error.status === 403) return;
    }
    await new Promise((done) => setTimeout(done, 500));
  }
}

// Whether the camera says that it records in this hour, with a lease.
const records = (one) => one.beat?.hour === hourNow() && one.beat.lease_until > clock();

function needsLook(one) {
  const hour = hourNow();
  if (!looks || !sessionStorage.watching || ahead === null || one.look === "asking") return false;
  if (one.hour !== hour) return true;
  // One that has begun since it was asked for has a key now; else the custodian is not asked in vain too often.
  if (one.look === "missing") return records(one) && (!one.recorded || Date.now() - one.tried > AGAIN.missing);
  return one.look === "failed" ? Date.now() - one.tried > AGAIN.failed : !one.look;
}

async function look(one) {
  const hour = hourNow();
  Object.assign(one, { look: "asking", hour, said: "", recorded: records(one) });
  standing(one);
  try {
    const { hours } = await act("look", "Look", { camera: one.name, first: hour, last: hour, reason: sessionStorage.watching });
    one.look = hours.includes(hour) ? "held" : "missing";
  } catch (error) {
    Object.assign(one, { look: error.status === 403 ? "refused" : "failed", said: explained(error) || words.away });
  }
  one.tried = Date.now();
  standing(one);
}

// A few at a time: the custodian writes an entry for each.
let looking = 0;
function lookOn() {
  for (const one of wall.values()) {
    if (looking >= AT_ONCE) return;
    if (!needsLook(one)) continue;
    looking += 1;
    look(one).finally(() => { looking -= 1; lookOn(); });
  }
}

const isLate = (one) => one.screen.moment > 0 && clock() - one.screen.moment > LATE;

const silent = (one) => Boolean(one.beat) && one.beat.silent > SILENT;
const stateOf = (one) => (!one.beat ? words.unheard : silent(one) ? words.silent : words[`source_${one.beat.source}`]);

// What a tile says beside its picture; nothing while all is well.
function sentence(one) {
  if (one.look === "refused" || one.look === "failed") return one.said;
  if (one.look === "asking") return words.asking;
  if (one.look === "missing") return words.missing;
  if (one.look !== "held") return looks ? words.no_look : "";
  if (one.wrong) return one.wrong;
  if (!one.screen.moment) return one.live ? words.no_picture : `${words.no_picture} ${words.camera}: ${stateOf(one)}.`;
  return isLate(one) ? `${words.late} ${moments.time(one.screen.moment)}` : "";
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function delayed(element, moment, late) {
  put(element, moment ? seconds(Math.max(0, clock() - moment)) : "");
  element.classList.toggle("late", late);
}

function standing(one) {
  const late = isLate(one);
  put(one.state, sentence(one));
  one.figure.classList.toggle("late", late);
  delayed(one.delay, one.screen.moment, late);
  if (large?.name !== one.name) return;
  const since = large.screen.moment, slow = since > 0 && clock() - since > LATE;
  put(document.getElementById("opened-state"), large.said || (since && !slow ? "" : sentence(one)));
  document.getElementById("opened").classList.toggle("late", slow);
  delayed(document.getElementById("opened-delay"), since, slow);
}

function health(one) {
  const { beat, row } = one, good = beat?.source === "playing" && !silent(one), state = row.cells[1], word = stateOf(one);
  if (state.textContent !== word) {
    const tag = document.createElement("span");
    tag.className = `tag ${good ? "good" : "bad"}`;
    tag.textContent = word;
    state.replaceChildren(tag);
  }
  if (one.mark) marking(one.mark, good ? "good" : "bad", word);
  one.live = good;
  if (!beat) return;
  const lease = beat.lease_until > clock() ? moments.time(beat.lease_until) : words.no_lease;
  const figures = [
    (beat.rate / 1000).toFixed(1), beat.dropped, beat.newest ? moments.time(beat.newest) : "–", beat.people, beat.sightings,
    beat.sightings_without_template, beat.covered_whole, beat.without_lease, beat.waiting,
    `${(beat.free_mb / 1000).toFixed(1)} GB`, seconds(beat.offset), lease,
  ];
  figures.forEach((figure, number) => put(row.cells[number + 2], String(figure)));
}

function beaten(all) {
  const here = all.now - Date.now();
  ahead = ahead === null ? here : Math.max(ahead, here);
  say(all.away, true);
  const held = new Set(all.held), hour = Math.floor(all.now / HOUR_MS);
  for (const one of wall.values()) {
    one.beat = all.beats[one.name];
    one.wrong = all.wrong[one.name] ?? "";
    if (held.has(one.name)) Object.assign(one, { look: "held", hour });
    else if (one.look === "held" && one.hour === hour && Date.now() - (one.tried ?? 0) > 3000) one.look = "";
    health(one);
  }
  lookOn();
  sums();
}

function sums() {
  const all = [...wall.values()], beats = all.map((one) => one.beat).filter(Boolean);
  const total = (name) => String(beats.reduce((sum, beat) => sum + beat[name], 0));
  const live = all.filter((one) => one.live).length, late = all.filter(isLate).length;
  const newest = all.filter((one) => one.live).map((one) => one.screen.moment).filter((moment) => moment > 0);
  put(document.getElementById("sum-live"), String(live));
  put(document.getElementById("sum-people"), total("people"));
  put(document.getElementById("sum-without"), total("sightings_without_template"));
  put(document.getElementById("sum-delay"), newest.length ? seconds(Math.max(0, clock() - Math.min(...newest))) : "–");
  const line = `${words.live}: ${live} / ${all.length}. ${words.late_ones}: ${late}.`;
  if (line !== summed) say(summed = line);
}

function taken(frame) {
  if (frame.kind === BEATS) beaten(frame.told);
  else wall.get(frame.camera)?.screen.show(frame);
}

function opened(name) {
  const dialog = document.getElementById("opened"), leaving = new AbortController();
  large = { name, leaving, said: "", screen: new Screen(document.getElementById("large"), false) };
  large.screen.clear();
  put(document.getElementById("opened-name"), name);
  dialog.showModal();
  standing(wall.get(name));
  const mine = large;
  streaming(`/wall/stream?camera=${encodeURIComponent(name)}`, (frame) => mine.screen.show(frame), leaving.signal, (said) => { mine.said = said; });
}

function arranged(view) {
  for (const button of document.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  document.getElementById("tiles").classList.toggle("flat", view === "flat");
  document.getElementById("tiles").hidden = view === "plan";
  document.getElementById("plan").hidden = view !== "plan";
}

function found(figure) {
  const name = figure.dataset.camera, same = `[data-camera="${CSS.escape(name)}"]`;
  const one = {
    name, figure, look: "", hour: 0, said: "", wrong: "", tried: 0, recorded: false,
    screen: new Screen(figure.querySelector("canvas"), true), state: figure.querySelector(".state"),
    delay: figure.querySelector(".delay"), row: document.querySelector(`tr${same}`), mark: marked(name),
  };
  wall.set(name, one);
  for (const button of [figure.querySelector(".open"), one.mark]) button?.addEventListener("click", () => opened(name));
  standing(one);
}

addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("why"), list = document.getElementById("words");
  if (!list) return;
  words = JSON.parse(list.textContent);
  looks = Boolean(form);
  if (looks && sessionStorage.watching) document.getElementById("reason").value = sessionStorage.watching;
  document.querySelectorAll(".tile").forEach(found);
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.watching = document.getElementById("reason").value.trim();
    for (const one of wall.values()) if (one.look === "refused" || one.look === "failed") one.look = "";
    lookOn();
  });
  document.querySelectorAll("[data-view]").forEach((button) => button.addEventListener("click", () => arranged(button.dataset.view)));
  document.getElementById("opened").addEventListener("close", () => {
    large?.leaving.abort();
    large = null;
  });
  streaming("/wall/stream", taken, new AbortController().signal, (said) => say(said, true));
  setInterval(() => { for (const one of wall.values()) standing(one); }, 500);
});
