"use strict";
// One camera's covered footage in a video element, through Media Source Extensions. Needs session.js.
// A segment initialises itself: it is appended whole, shifted to its moment of the day, and dropped once it is far away.

const DAY = 86400000, HOUR = 3600000;
const BEHIND = 15000, AHEAD = 60000, PATIENT = 0.25, EXACT = 0.02;

// The codec as browsers name it: av1C (AV1 in ISOBMFF, section 2.3.3) or vpcC (VP in ISOBMFF, section 2.2).
function codecOf(data) {
  const head = String.fromCharCode(...data.subarray(0, 4096)), two = (number) => String(number).padStart(2, "0");
  let at = head.indexOf("av1C") + 4;
  if (at >= 4) {
    const [profile, level, more] = [data[at + 1] >> 5, data[at + 1] & 31, data[at + 2]];
    return `av01.${profile}.${two(level)}${more & 128 ? "H" : "M"}.${two(more & 64 ? (more & 32 ? 12 : 10) : 8)}`;
  }
  at = head.indexOf("vpcC") + 4;
  if (at < 4) throw new Wrong("unplayable");
  return `vp09.${two(data[at + 4])}.${two(data[at + 5])}.${two(data[at + 6] >> 4)}`;
}

class Tile {
  // `failed(tile, error)`: what could not be fetched or played is told once; `arrived()`: another segment can be shown.
  constructor(camera, failed, arrived) {
    [this.camera, this.failed, this.arrived] = [camera, failed, arrived];
    this.segments = [];
    this.minutes = [];
    this.trouble = "";
    this.figure = document.createElement("figure");
    this.video = this.figure.appendChild(document.createElement("video"));
    this.note = this.figure.appendChild(document.createElement("p"));
    this.figure.appendChild(document.createElement("figcaption")).textContent = camera;
    this.figure.dataset.camera = camera;
    [this.figure.className, this.note.className] = ["empty", "note"];
    this.video.muted = this.video.playsInline = true;
    this.video.disablePictureInPicture = this.video.disableRemotePlayback = true;
    this.video.setAttribute("aria-label", camera);
    this.begin(-1);
  }

  // A new day: times in a video element stay small and exact.
  begin(day) {
    this.end();
    [this.day, this.held, this.buffer, this.kind, this.last] = [day, new Map(), null, "", Promise.resolve()];
    if (day < 0) return;
    this.source = new MediaSource();
    this.opened = new Promise((done) => this.source.addEventListener("sourceopen", done, { once: true }));
    this.video.src = URL.createObjectURL(this.source);
  }

  end() {
    for (const one of this.held?.values() ?? []) one.leaving.abort();
    if (this.video.src) URL.revokeObjectURL(this.video.src);
    this.video.removeAttribute("src");
    this.video.load();
  }

  before(moment) {
    let [low, high] = [0, this.segments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.segments[middle].start <= moment) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  at(moment) {
    const found = this.segments[this.before(moment)];
    return found && moment < found.end ? found : undefined;
  }

  next(moment) { return this.segments[this.before(moment) + 1]; }
  previous(moment) { return this.segments[this.before(moment)]; }
  seconds(moment) { return (moment - this.day) / 1000; }

  // Fetch what holds the moment and a little that follows, of hours that are open; give up what is far away.
  want(moment, ahead, open) {
    const day = Math.floor(moment / DAY) * DAY, first = this.before(moment);
    if (day !== this.day) this.begin(day);
    for (const [id, one] of this.held) {
      const far = one.segment.end < moment - BEHIND || one.segment.start > moment + AHEAD;
      if (far && !one.there) one.leaving.abort();
      if (far) this.drop(id, one);
    }
    for (const segment of this.segments.slice(first, first + 1 + ahead)) {
      if (segment.end <= moment || segment.start > moment + AHEAD || this.held.has(segment.id)) continue;
      if (segment.start < this.day + DAY && open(segment, segment.start <= moment)) this.load(segment);
    }
  }

  load(segment) {
    const one = { segment, there: false, leaving: new AbortController() };
    this.held.set(segment.id, one);
    const coming = fetched(`/playback/${this.camera}/${segment.start}/${segment.id}`, { signal: one.leaving.signal })
      .then((answer) => answer.arrayBuffer());
    coming.catch(() => {});
    this.queue(async () => {
      try {
        await this.append(one, new Uint8Array(await coming));
      } catch (error) {
        if (error.name !== "AbortError" && !one.leaving.signal.aborted) this.failed(this, error);
      }
    });
  }

  queue(act) { this.last = this.last.then(act); }

  async append(one, data) {
    const kind = `video/mp4; codecs="${codecOf(data)}"`;
    if (!MediaSource.isTypeSupported(kind)) throw new Wrong("unplayable");
    await this.opened;
    if (one.leaving.signal.aborted) return;
    if (!this.buffer) {
      this.buffer = this.source.addSourceBuffer(kind);
      this.source.duration = DAY / 1000;
    } else if (kind !== this.kind) this.buffer.changeType(kind);
    this.kind = kind;
    this.buffer.timestampOffset = this.seconds(one.segment.start);
    await this.updated(() => this.buffer.appendBuffer(data));
    one.there = true;
    this.arrived();
  }

  drop(id, one) {
    this.held.delete(id);
    this.queue(async () => {
      if (!one.there || !this.buffer || this.held.has(id)) return;
      const { start, end } = one.segment;
      await this.updated(() => this.buffer.remove(this.seconds(start), this.seconds(end))).catch(() => {});
      // Where two recordings overlap, both are gone now.
      for (const [other, { there, segment }] of this.held) if (there && segment.start < end && segment.end > start) this.held.delete(other);
    });
  }

  updated(act) {
    const buffer = this.buffer;
    return new Promise((done, wrong) => {
      buffer.addEventListener("error", () => wrong(new Wrong("unplayable")), { once: true });
      buffer.addEventListener("updateend", done, { once: true });
      act();
    });
  }

  // Show the moment; whether the clock may go on. `words`: of what is shown where there is no picture.
  follow(moment, playing, speed, words) {
    const { video } = this, segment = this.at(moment), there = segment && this.held.get(segment.id)?.there;
    const said = this.trouble || (segment ? (there ? "" : words.loading) : words.noFootage);
    if (this.note.textContent !== said) this.note.textContent = said;
    this.figure.classList.toggle("empty", Boolean(said));
    if (!there || this.trouble) {
      video.pause();
      return !segment || Boolean(this.trouble);
    }
    const wanted = this.seconds(moment), off = wanted - video.currentTime;
    if (!video.seeking && Math.abs(off) > (playing ? PATIENT * Math.max(1, speed) : EXACT)) video.currentTime = wanted + 0.001;
    if (playing) {
      video.playbackRate = Math.min(16, speed * (1 + Math.max(-0.1, Math.min(0.1, off / speed))));
      if (video.paused) video.play().catch(() => {});
    } else if (!video.paused) video.pause();
    return !video.seeking && video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }
}
