"use strict";
// The timeline: footage and sightings of each camera, and a slider over them. Needs footage.js.

const ROW = 34, MINUTE = 60000;
const utcTime = (moment) => `${new Date(moment).toISOString().slice(0, 19)}Z`;

class Timeline {
  // `jump(moment, direction)`: somebody wants to be there.
  constructor(element, jump) {
    [this.element, this.jump, this.from, this.to, this.moment] = [element, jump, 0, 1, 0];
    this.tiles = [];
    this.canvas = element.appendChild(document.createElement("canvas"));
    this.canvas.setAttribute("aria-hidden", "true");
    const pointed = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return Math.round(this.from + (this.to - this.from) * Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)));
    };
    element.addEventListener("pointerdown", (event) => element.setPointerCapture(event.pointerId));
    element.addEventListener("pointermove", (event) => { if (event.buttons) this.draw(pointed(event)); });
    element.addEventListener("pointerup", (event) => this.jump(pointed(event), 1));
    element.addEventListener("keydown", (event) => {
      const to = { Home: this.from, End: this.to - 1000, PageUp: this.moment + this.tenth, PageDown: this.moment - this.tenth }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      this.jump(to, to < this.moment ? -1 : 1);
    });
    new ResizeObserver(() => this.draw(this.moment)).observe(element);
  }

  get tenth() { return (this.to - this.from) / 10; }
  holds(moment) { return moment >= this.from && moment < this.to; }

  show(from, to, tiles) {
    [this.from, this.to, this.tiles] = [from, to, tiles];
    this.element.setAttribute("aria-valuemin", from);
    this.element.setAttribute("aria-valuemax", to);
    moments.put(document.getElementById("from"), from);
    moments.put(document.getElementById("to"), to);
  }

  tell(moment, sightings) {
    this.element.setAttribute("aria-valuenow", moment);
    this.element.setAttribute("aria-valuetext", `${moments.said(moment)}, ${utcTime(moment)}, ${sightings}`);
  }

  draw(moment) {
    this.moment = moment;
    const { canvas } = this, scale = devicePixelRatio, style = getComputedStyle(this.element);
    const [width, height] = [this.element.clientWidth, ROW * Math.max(1, this.tiles.length)];
    canvas.style.height = `${height}px`;
    [canvas.width, canvas.height] = [width * scale, height * scale];
    const pen = canvas.getContext("2d"), colour = (name) => style.getPropertyValue(name);
    const across = (at) => ((at - this.from) / (this.to - this.from)) * width;
    pen.scale(scale, scale);
    this.tiles.forEach((tile, row) => {
      const floor = ROW * (row + 1) - 8, most = Math.max(1, ...tile.minutes.map(([, count]) => count));
      pen.fillStyle = colour("--line");
      pen.fillRect(0, floor, width, 1);
      pen.fillStyle = colour("--cover");
      for (const one of tile.segments) pen.fillRect(across(one.start), floor, Math.max(1, across(one.end) - across(one.start)), 6);
      pen.fillStyle = colour("--mark");
      for (const [minute, count] of tile.minutes) {
        const tall = Math.max(3, (count / most) * (ROW - 12));
        pen.fillRect(across(minute), floor - tall, Math.max(2, across(minute + MINUTE) - across(minute) - 1), tall);
      }
    });
    pen.fillStyle = colour("--bad");
    pen.fillRect(Math.min(width - 2, Math.max(0, across(moment) - 1)), 0, 2, height);
  }
}
