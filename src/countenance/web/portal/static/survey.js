// What happens in the browser of somebody who answers a survey, and nothing of it elsewhere: the order of questions, the
// token of an invitation, or a number of its own, chance mixed into the answers. What was ticked stays in this page; what leaves it is what
// `submission` spells. This file's SHA-256 is in the wave's record; it imports nothing, and works out itself how often
// an answer is kept, from the epsilon that it shows; a page whose other numbers would undo that asks nothing. `survey/budget.py` and `crypto/blind.py` do the same, to the bit.

const PARTS = 1n << 53n;
const SPAN = 1n << 64n;
const SCALE = 1n << 256n;
const UNREPORTED = -1;
const HASH = 48, SALT = 48, PREFIX = 32, TOKEN = 32;
const EXPONENT = 65537n;

// Chance ------------------------------------------------------------------------------------------------------------

const fresh = () => crypto.getRandomValues(new BigUint64Array(1))[0];

/** A random number below n, each as likely: what would favour some is thrown away. `draw`: 64 random bits. */
export function below(n, draw = fresh) {
  const limit = SPAN - (SPAN % n);
  for (;;) {
    const found = draw();
    if (found < limit) return found % n;
  }
}

/** Of 2^53 parts, how many keep an answer of `size`: floor((e^x - 1) / (e^x - 1 + size) * 2^53), x in millionths. */
export function kept(size, millionths) {
  if (millionths === 0n) return PARTS;
  let grown = 0n;
  for (let at = 1n, term = SCALE; term > 0n; at++) {
    term = (term * millionths) / (1000000n * at);
    grown += term;
  }
  return (grown * PARTS) / (grown + BigInt(size) * SCALE);
}

/** The plan, if what it says keeps to the epsilon that is shown. Throws for any other: the page is not under this hash. */
export function checked(plan) {
  const whole = (value, least) => Number.isSafeInteger(value) && value >= least;
  const sizes = Array.isArray(plan.sizes) && plan.sizes.every((size) => whole(size, 2) && size < 255);
  const counts = whole(plan.epsilon, 0) && whole(plan.waves, 1) && whole(plan.reported, 1);
  if (!sizes || !counts || plan.reported > plan.sizes.length) throw new Error("this plan is none");
  // Of a share of nothing would be made that nothing is randomised.
  if (plan.epsilon > 0 && plan.epsilon < plan.waves * plan.reported) throw new Error("epsilon is split too thin");
  return plan;
}

/** What one person reports: items by chance, each randomised, the others UNREPORTED. */
export function reported(plan, truths, draw = below) {
  const share = BigInt(plan.epsilon) / BigInt(plan.waves * plan.reported);
  const waiting = truths.map((_, at) => at);
  const taken = new Set();
  for (let left = plan.reported; left > 0; left--) {
    taken.add(waiting.splice(Number(draw(BigInt(waiting.length))), 1)[0]);
  }
  return truths.map((truth, at) => {
    if (!taken.has(at)) return UNREPORTED;
    const size = plan.sizes[at];
    return draw(PARTS) < kept(size, share) ? truth : Number(draw(BigInt(size)));
  });
}

// The token of an invitation: RFC 9474, RSABSSA-SHA384-PSS-Randomized ---------------------------------------------------

const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const number = (bytes) => BigInt(`0x${hex(bytes)}`);
const spelled = (value, length) => value.toString(16).padStart(2 * length, "0");
const joined = (...parts) => Uint8Array.from(parts.flatMap((one) => [...one]));
const random = (length) => crypto.getRandomValues(new Uint8Array(length));
const hashed = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-384", bytes));
const lengthOf = (modulus) => Math.ceil(modulus.toString(16).length / 2);

function power(base, exponent, modulus) {
  let found = 1n;
  for (let bits = exponent, square = base % modulus; bits > 0n; bits >>= 1n, square = (square * square) % modulus) {
    if (bits & 1n) found = (found * square) % modulus;
  }
  return found;
}

function inverse(value, modulus) {
  let [a, b, x, y] = [modulus, value % modulus, 0n, 1n];
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  if (a !== 1n) throw new Error("this number has no inverse");
  return ((x % modulus) + modulus) % modulus;
}

async function encoded(prepared, bits, salt) {
  const length = Math.ceil(bits / 8);
  const seed = await hashed(joined(new Uint8Array(8), await hashed(prepared), salt));
  const block = joined(new Uint8Array(length - SALT - HASH - 2), [1], salt);
  for (let at = 0; at * HASH < block.length; at++) {
    const mask = await hashed(joined(seed, [at >>> 24, (at >>> 16) & 255, (at >>> 8) & 255, at & 255]));
    for (let i = 0; i < HASH && at * HASH + i < block.length; i++) block[at * HASH + i] ^= mask[i];
  }
  block[0] &= 0xff >> (8 * length - bits);
  return number(joined(block, seed, [0xbc]));
}

/** Hide a token from whoever will sign it. All but the message and modulus are for the vectors. */
export async function blinded(prepared, modulus, salt = random(SALT), cover = null) {
  const message = await encoded(prepared, modulus.toString(2).length - 1, salt);
  while (cover === null || cover === 0n || cover >= modulus) cover = number(random(lengthOf(modulus)));
  const hidden = (message * power(cover, EXPONENT, modulus)) % modulus;
  return { prepared, message, modulus, blinded: spelled(hidden, lengthOf(modulus)), uncover: inverse(cover, modulus) };
}

/** The signature over `made.prepared`, hex, of a blind one, hex. Throws if the signer did not sign that. */
export function finished(made, signed) {
  const signature = (number(unhex(signed)) * made.uncover) % made.modulus;
  if (power(signature, EXPONENT, made.modulus) !== made.message) throw new Error("this was not signed");
  return spelled(signature, lengthOf(made.modulus));
}

// What leaves the page ----------------------------------------------------------------------------------------------

/** Canonical JSON (RFC 8785): keys in their order, whole numbers, ASCII. */
export function submission(plan, groups, answers, token, signature) {
  const { instrument, survey, wave } = plan;
  return JSON.stringify({ answers, groups, instrument, signature, survey, token, type: "Submission", wave });
}

const sending = (address, body) =>
  fetch(address, { method: "POST", body, credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "origin" });

// The page ------------------------------------------------------------------------------------------------------------

/** Throws unless the form has exactly the answers that the plan has: one beyond them would be known for what it is. */
function fitting(form, plan) {
  // What is in a group goes as it is ticked: no question may be in one.
  if (form.querySelector("[data-item][data-group], [data-item] [data-group], [data-group] [data-item]")) {
    throw new Error("this form asks a question without chance");
  }
  let next = 0;
  const items = Array.from(form.querySelectorAll("[data-item]")).sort((a, b) => a.dataset.item - b.dataset.item);
  for (const one of items) {
    const values = Array.from(one.querySelectorAll("input"), (box) => box.value).filter((value) => value !== "-1");
    const several = one.dataset.several !== undefined;
    const count = several ? Number(one.dataset.several) : 1;
    const inOrder = new Set(values).size === values.length && values.every((v) => /^\d+$/.test(v) && v < values.length);
    const sizes = plan.sizes.slice(next, next + count);
    const fits = several
      ? values.length === count && sizes.every((size) => size === 3)
      : sizes[0] === values.length;
    if (Number(one.dataset.item) !== next || !inOrder || !fits) throw new Error("this form is another plan's");
    next += count;
  }
  if (next !== plan.sizes.length) throw new Error("this form is another plan's");
}

/** The true answers, from what is ticked: `several` with nothing ticked, like anything left open, is *no answer*. */
export function ticked(form, plan) {
  const truths = plan.sizes.map((size) => size - 1);
  for (const one of form.querySelectorAll("[data-item]")) {
    const first = Number(one.dataset.item);
    const chosen = Array.from(one.querySelectorAll("input:checked"), (box) => Number(box.value));
    if (chosen.length === 0) continue;
    if (one.dataset.several === undefined) truths[first] = chosen[0];
    else for (let at = 0; at < Number(one.dataset.several); at++) truths[first + at] = chosen.includes(at) ? 0 : 1;
  }
  return truths;
}

/** SHA-256 of all that the form asks and offers, in the questionnaire's order: anybody works it out from that. */
export async function worded(form) {
  const said = (kind) => (one) => {
    const boxes = Array.from(one.querySelectorAll("input"));
    boxes.sort((a, b) => (a.value < 0) - (b.value < 0) || a.value - b.value);
    const answers = boxes.map((box) => Array.from(box.labels, (label) => label.textContent).join(" "));
    return [kind ?? (one.dataset.several === undefined ? "one" : "several"), one.querySelector("legend").textContent, answers];
  };
  const items = Array.from(form.querySelectorAll("[data-item]")).sort((a, b) => a.dataset.item - b.dataset.item);
  const asked = [...items.map(said()), ...Array.from(form.querySelectorAll("[data-group]"), said("group"))];
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(asked)))));
}

const parts = (form) =>
  Array.from(form.querySelectorAll("[data-group]"), (one) => {
    return Number(one.querySelector("input:checked")?.value ?? one.dataset.group);
  });

function shuffle(place) {
  const waiting = Array.from(place.children).filter((one) => one.dataset.stays === undefined);
  const last = Array.from(place.children).filter((one) => one.dataset.stays !== undefined);
  const order = [];
  while (waiting.length) order.push(waiting.splice(Number(below(BigInt(waiting.length))), 1)[0]);
  place.append(...order, ...last);
}

/** The page's form. `kiosk.js`, on a shared device, has one of its own: nothing that a page says turns chance off. */
export class Answering {
  #made = null;
  #signature = "";
  #body = null;

  constructor(form) {
    this.form = form;
    this.plan = checked(JSON.parse(form.dataset.plan));
    fitting(form, this.plan);
    this.code = form.querySelector("#code");
    for (const place of form.querySelectorAll("[data-shuffled]")) shuffle(place);
    const shown = document.querySelector("#epsilon");
    // Without chance there is no bound, whatever the page says.
    if (shown) shown.textContent = this.plan.epsilon ? String(this.plan.epsilon / 1e6) : "∞";
    const times = document.querySelector("#waves");
    if (times) times.textContent = String(this.plan.waves);
    worded(form).then((found) => document.querySelector("#worded")?.replaceChildren(`SHA-256 ${found}`));
    if (this.code) this.#invited();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    document.querySelector("#plain").hidden = true;
    form.hidden = false;
  }

  /** The code of a card is behind the # of its address, which no browser sends anywhere. */
  #invited() {
    this.code.value = decodeURIComponent(location.hash.slice(1));
    for (const link of document.querySelectorAll(".door-languages a")) link.hash = location.hash;
  }

  /** Where answers are sent, and what of them. */
  get address() {
    return `/s/${this.plan.survey}`;
  }

  answers() {
    return reported(this.plan, ticked(this.form, this.plan));
  }

  say(what) {
    for (const one of document.querySelectorAll("[data-said]")) one.hidden = one.dataset.said !== what;
  }

  async #send() {
    const button = this.form.querySelector("button");
    button.disabled = true;
    this.say("sending");
    this.say(await this.#sent().catch(() => "unreached"));
    button.disabled = false;
  }

  async #sent() {
    if (this.code && !this.#signature) {
      const asked = await this.#token();
      if (asked !== "sent") return asked;
    }
    // Chance is drawn once: the same answers randomised anew would tell more. From here on they cannot be changed.
    if (this.#body === null) {
      const answers = this.answers();
      // Where anybody may answer, a number that makes a repeat be known for one: the portal keeps its hash for two days.
      const token = hex(this.#made ? this.#made.prepared : random(TOKEN));
      this.#body = submission(this.plan, parts(this.form), answers, token, this.#signature);
      for (const one of this.form.querySelectorAll("fieldset")) one.disabled = true;
    }
    const told = answered(await sending(this.address, this.#body));
    if (told === "sent") this.done();
    return told;
  }

  async #token() {
    if (!this.code.value.trim()) {
      this.code.focus();
      return "uninvited";
    }
    this.#made ??= await blinded(random(PREFIX + TOKEN), BigInt(`0x${this.plan.modulus}`));
    const asked = JSON.stringify({ blinded: this.#made.blinded, code: this.code.value });
    const response = await sending(`${this.plan.issuing}/sign`, asked);
    if (!response.ok) return response.status < 500 ? "uninvited" : "unreached";
    this.#signature = finished(this.#made, (await response.json()).signature);
    history.replaceState(null, "", location.pathname);
    return "sent";
  }

  done() {
    const record = document.querySelector("#record");
    if (record) record.textContent = this.#body;
    this.form.reset();
    this.form.hidden = true;
    document.querySelector("#done").hidden = false;
    document.querySelector("#done").focus();
  }
}

function answered(response) {
  if (response.ok) return "sent";
  return response.status < 500 ? "refused" : "unreached";
}

const form = typeof document === "undefined" ? null : document.querySelector("#answers");
if (form) new Answering(form);
