// A survey on a device that many people use, one after the other: it is not theirs, so nothing is promised of it, and
// answers are sent as they are. What this does is to leave nothing of one person for the next: the page begins anew after
// each answer, and when nobody touches it; it leaves no step behind for Back, and a page that comes back is emptied.

import { Answering, ticked } from "./survey.js";

const IDLE = 60_000;
const WARNED = 30_000;
const THANKED = 15_000;

class Shared extends Answering {
  #next = 0;
  #over = false;

  constructor(form) {
    super(form);
    addEventListener("pagehide", () => this.#empty());
    addEventListener("pageshow", (event) => event.persisted && this.#again());
    for (const kind of ["pointerdown", "keydown", "input", "wheel"]) addEventListener(kind, () => this.#touched());
    for (const link of document.querySelectorAll(".door-languages a")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        this.#again(link.pathname);
      });
    }
    document.querySelector("#next").addEventListener("click", () => this.#again());
    this.#touched();
  }

  get address() {
    return `/s/${this.plan.survey}/kiosk`;
  }

  answers() {
    return ticked(this.form, this.plan);
  }

  done() {
    this.#over = true;
    super.done();
    this.#after(THANKED, () => this.#again());
  }

  #after(time, then) {
    clearTimeout(this.#next);
    this.#next = setTimeout(then, time);
  }

  #touched() {
    if (this.#over) return;
    if (!document.querySelector("[data-said=waiting]").hidden) this.say("");
    this.#after(IDLE, () => {
      this.say("waiting");
      this.#after(WARNED, () => this.#again());
    });
  }

  #empty() {
    this.#over = true;
    this.form.reset();
    this.form.hidden = true;
  }

  #again(where = location.pathname) {
    this.#empty();
    location.replace(where);
  }
}

const form = document.querySelector("#shared");
if (form) new Shared(form);
