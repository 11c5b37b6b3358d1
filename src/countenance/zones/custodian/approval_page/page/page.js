// The page: what is shown, and which button does what.

const at = (id) => document.getElementById(id);
const WORDS = ["case", "purpose", "kind", "real_time", "legal_basis", "requester", "made", "narrowed_by", "policy"];
// A field that a text may leave out, and what that says.
const LEFT_OUT = { kind: "ordinary", policy: "", real_time: null };
// The kind by which who stands at a desk asks about themselves.
const OWN = "subject-access";
const LIMITS = ["candidates", "uses", "one_in", "threshold", "expires", "secrecy_end"];
let language = "en", lines = [], held = null, shown = null, wanted = "";

const t = (key, ...values) => values.reduce((text, value, index) => text.replace(`{${index}}`, value), LANGUAGES[language][key] ?? key);
const moment = (milliseconds) => new Date(milliseconds).toISOString().replace(".000Z", "Z");
const score = (thousandths) => (thousandths / 1000).toFixed(3);

function made(tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function translate() {
  document.documentElement.lang = language;
  document.title = `Countenance: ${t("title")}`;
  for (const one of document.querySelectorAll("[data-t]")) one.textContent = t(one.dataset.t);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", t(one.dataset.label));
  if (told) at("deployment").textContent = t("deployment", told.deployment, told.assurance);
  if (lines.length) listed();
  if (held) warrantShown();
}

const say = (text) => { at("status").textContent = text; at("alert").textContent = ""; };

function complain(error) {
  at("status").textContent = "";
  const known = error instanceof Wrong ? error.message : "unknown";
  at("alert").textContent = known === "refused" ? t("refused", visible(error.said)) : t(`wrong-${known}`);
}

// One act at a time: buttons rest while the authenticator is asked, and whatever fails is said.
async function doing(work) {
  const buttons = [...document.querySelectorAll("main button")];
  buttons.forEach((one) => { one.disabled = true; });
  say(t("touchNow"));
  try {
    await work();
  } catch (error) {
    complain(error);
  } finally {
    buttons.forEach((one) => { one.disabled = false; });
  }
}

function person() {
  const name = at("person").value.trim();
  if (!name) {
    at("person").focus();
    throw new Wrong("person");
  }
  return name;
}

function view(name, focus = true) {
  for (const one of document.querySelectorAll("main section")) one.hidden = one.id !== name;
  for (const one of document.querySelectorAll("nav button")) one.setAttribute("aria-current", String(one.dataset.view === name));
  if (focus) at(`${name}-title`).focus();
}

function image(element, bytes, words) {
  if (element.src) URL.revokeObjectURL(element.src);
  element.src = URL.createObjectURL(new Blob([bytes], { type: kind(bytes) }));
  element.alt = words;
  element.hidden = false;
}

// What was shown goes before anything else is: nothing of one warrant stands beside the words of another, and no reason
// that was written for one is sent with another.
function cleared() {
  held = null;
  at("warrant").hidden = true;
  at("photo").hidden = true;
  for (const id of ["words", "changes", "signatures", "cameras"]) at(id).replaceChildren();
  for (const id of ["text", "hash", "alarms", "photo-words", "warrant-title"]) at(id).textContent = "";
  emptied("reason");
}

function emptied(...ids) {
  for (const id of ids) at(id).value = "";
}

async function list() {
  cleared();
  lines = (await ask(person(), "warrants", "Nothing", {})).warrants;
  listed();
  say(t("found", lines.length));
  const line = lines.find((one) => one.warrant === wanted);
  wanted = "";
  if (line) await opened(line);
}

function listed() {
  at("found").replaceChildren(...lines.map((line) => {
    const item = made("li");
    item.append(made("code", line.warrant), made("span", ` ${t("line", line.number, t(`state-${line.state}`), line.approvals, line.needed, visible(line.requester))} `));
    if (line.urgent) item.append(made("strong", `${t(`urgent-${line.urgent}`)} `));
    if (line.kind === OWN) item.append(made("strong", `${t(`kind-${OWN}`)} `));
    const open = made("button", t("read"), { type: "button", "aria-label": t("readOne", line.warrant) });
    open.addEventListener("click", () => doing(() => opened(line)));
    item.append(open);
    for (const sighting of line.candidates ?? []) {
      const look = made("button", t("look", sighting), { type: "button" });
      look.addEventListener("click", () => toReview(line.warrant, sighting));
      item.append(look);
    }
    return item;
  }));
}

async function opened(line) {
  cleared();
  held = await read(person(), line);
  warrantShown();
  say(t("shown"));
  at("warrant-title").focus();
}

// A value as people read it, the same for the words and for the table of what changed.
function value(said, name) {
  if (name === "cameras") return said.scope.cameras.map(visible).join(", ");
  if (name === "from") return moment(said.scope.start);
  if (name === "to") return moment(said.scope.end);
  if (name === "one_in") return said.limits.one_in ? t("oneIn", said.limits.one_in) : t("bare");
  if (name === "threshold") return score(said.limits.threshold);
  if (name === "expires" || name === "secrecy_end") return moment(said.limits[name]);
  if (name in said.limits) return String(said.limits[name]);
  const stated = said[name] ?? LEFT_OUT[name];
  if (name === "kind") return t(`kind-${visible(stated)}`);
  if (name === "real_time") return stated === null ? "" : particulars(stated);
  return name === "made" ? moment(said.made) : visible(stated);
}

// Every particular of a real-time warrant, whoever added it: whatever is in the text is shown.
function particulars(said) {
  const spelled = (name) => (["start", "end"].includes(name) ? moment(said[name]) : visible(String(said[name])));
  return Object.keys(said).filter((name) => name !== "type").sort().map((name) => `${name}: ${spelled(name)}`).join("; ");
}

// What a subject's own request says besides, in words; a field that has none is shown as it is spelled.
function subject(said) {
  const how = { wish: (wish) => t(`wish-${visible(wish)}`), assisted: (assisted) => t(assisted !== false ? "clerks-two" : said.copy ? "clerks-pictures" : "clerk-one"), copy: (copy) => (copy === true ? t("copy-yes") : undefined) };
  const first = (name) => ["wish", "copy", "assisted"].indexOf(name) + 1 || 9;
  const names = Object.keys(said ?? {}).filter((name) => name !== "type").sort((one, other) => first(one) - first(other));
  return names.map((name) => [t(`subject-${visible(name)}`), how[name]?.(said[name]) ?? visible(said[name])]);
}

function warrantShown() {
  const { said, answer } = held, own = said.kind === OWN;
  at("warrant").hidden = false;
  at("warrant-title").textContent = t("warrantTitle", said.warrant, said.number);
  const mayLack = ["narrowed_by", "real_time", ...(own ? ["policy"] : [])];
  const rows = [...WORDS, "cameras", "from", "to", ...LIMITS].filter((name) => !mayLack.includes(name) || said[name]);
  const pairs = [...subject(said.subject), ...rows.map((name) => [t(name), value(said, name)])];
  at("words").replaceChildren(...pairs.flatMap(([name, stated]) => [made("dt", name), made("dd", stated)]));
  at("text").textContent = visible(strict.decode(held.text));
  at("hash").textContent = held.hash;
  image(at("photo"), held.photo, t("photo"));
  at("photo-words").textContent = t(own ? "photoTaken" : "photoWords", said.probe.image_digest);
  at("approve-how").textContent = own ? t("ownHow") : "";
  // The custodian narrows none of these, whoever asks: the form would be a promise.
  at("narrowing").hidden = own;
  at("alarms").textContent = (answer.alarms ?? []).map((one) => t(one.compared ? "alarm" : "alarmUnknown", one.warrant, one.entry)).join(" ");
  at("signatures").replaceChildren(...answer.approvals.map((one) => made("li", t(one.approves ? "yes" : "no", visible(one.person), visible(one.organisation), visible(one.reason)))), ...(answer.approvals.length ? [] : [made("li", t("nobody"))]));
  at("changes").replaceChildren(...(said.number > 1 ? [changes()] : []));
  for (const [id, text] of [["start", moment(said.scope.start)], ["end", moment(said.scope.end)], ["candidates", said.limits.candidates], ["uses", said.limits.uses], ["one_in", said.limits.one_in ?? 0], ["threshold", said.limits.threshold], ["expires", moment(said.limits.expires)], ["secrecy", moment(said.limits.secrecy_end)]]) at(id).value = text;
  at("cameras").replaceChildren(...said.scope.cameras.map((name) => {
    const label = made("label"), box = made("input", "", { type: "checkbox", value: name });
    box.checked = true;
    label.append(box, made("span", visible(name)));
    return label;
  }));
}

function changes() {
  const before = held.before;
  if (!before) return made("p", t("noBefore", held.said.number - 1), { class: "alarm" });
  const table = made("table"), head = made("tr");
  head.append(made("td"), ...["was", "is"].map((key) => made("th", t(key), { scope: "col" })));
  table.append(made("caption", t("changes", before.number)), head);
  // Whatever differs is shown, also what narrowing should never touch.
  for (const name of [...WORDS, "cameras", "from", "to", ...LIMITS]) {
    if (value(before, name) === value(held.said, name)) continue;
    const row = made("tr");
    row.append(made("th", t(name), { scope: "row" }), made("td", value(before, name)), made("td", value(held.said, name)));
    table.append(row);
  }
  return table;
}

async function said(approves, reason) {
  const done = await approve(person(), held, approves, reason);
  const line = lines.find((one) => one.warrant === held.said.warrant);
  if (line) line.approvals = done.approvals;
  listed();
  const wait = done.settles > Date.now() ? ` ${t("settles", moment(done.settles))}` : "";
  say(`${t(approves ? "approved" : "declined", done.approvals, done.needed, done.entry)}${wait}`);
}

async function narrowed() {
  const kept = [...at("cameras").querySelectorAll("input")].filter((one) => one.checked).map((one) => one.value);
  const time = (id) => { const read = Date.parse(at(id).value); if (Number.isNaN(read)) throw new Wrong("time"); return read; };
  const scope = { cameras: kept, start: time("start"), end: time("end") };
  const limits = { candidates: Number(at("candidates").value), uses: Number(at("uses").value), threshold: Number(at("threshold").value), expires: time("expires"), secrecy_end: time("secrecy") };
  // A bare threshold leaves it out: so the text is spelled.
  if (Number(at("one_in").value)) limits.one_in = Number(at("one_in").value);
  const done = await narrow(person(), held, scope, limits);
  cleared();
  say(t("narrowed", done.number, done.entry));
}

function toReview(warrant, sighting) {
  at("review-warrant").value = warrant;
  at("review-candidate").value = sighting;
  view("review");
}

async function show() {
  at("pictures").hidden = true;
  shown = null;
  const warrant = at("review-warrant").value.trim(), sighting = at("review-candidate").value.trim();
  const line = lines.find((one) => one.warrant === warrant) ?? (lines = (await ask(person(), "warrants", "Nothing", {})).warrants).find((one) => one.warrant === warrant);
  if (!line) throw new Wrong("warrant");
  const both = await candidate(person(), line, sighting);
  image(at("still"), both.still, t("still"));
  image(at("still-photo"), both.photo, t("photo"));
  at("pictures").hidden = false;
  shown = { warrant, number: line.number, sighting };
  say(t("lookNow"));
}

async function verdict(word) {
  if (!shown) throw new Wrong("warrant");
  const done = await ask(person(), "review", "Review", { ...shown, verdict: word });
  at("pictures").hidden = true;
  shown = null;
  say(done.outcome ? t("outcome", t(`outcome-${done.outcome}`)) : t("recorded"));
}

async function restricted() {
  const sightings = at("sightings").value.split(/\s+/).filter(Boolean);
  const done = await ask(person(), "restrict", "Restriction", { sightings, reason: at("restrict-reason").value });
  at("clerk-done").textContent = t("restricted", done.request, moment(done.restricted_until));
  emptied("sightings", "restrict-reason");
  say(t("done", done.entry));
}

async function replied() {
  const request = at("reply-request").value.trim(), sightings = at("reply-sightings").value.split(/\s+/).filter(Boolean);
  const fields = { request, sightings, met: at("reply-met").checked, ground: at("reply-ground").value, reason: at("reply-reason").value };
  const done = await ask(person(), "reply", "Reply", fields);
  at("clerk-done").textContent = t("replied", request, t(`reply-${done.outcome}`));
  emptied("reply-request", "reply-sightings", "reply-ground", "reply-reason");
  at("reply-met").checked = false;
  say(t("done", done.entry));
}

// What the console's clerk pointed at comes in the fragment, which no server sees, and is shown here before it is signed.
function handed() {
  const given = new URLSearchParams(location.hash.slice(1)), request = given.get("reply");
  if (given.get("person")) at("person").value = visible(given.get("person"));
  history.replaceState(null, "", location.pathname);
  wanted = given.get("warrant") ?? "";
  if (wanted) {
    view("warrants");
    say(t("wanted", visible(wanted)));
  }
  if (!request) return;
  at("reply-request").value = visible(request);
  at("reply-sightings").value = visible(given.get("sightings") ?? "").replaceAll(",", "\n");
  at("reply-met").checked = given.get("met") === "1";
  at("reply-ground").value = [...at("reply-ground").options].some((one) => one.value === given.get("ground")) ? given.get("ground") : "";
  view("clerk");
}

async function ordered() {
  const request = at("request").value.trim();
  const done = await ask(person(), "order", "Order", { request, digest: request });
  at("clerk-done").textContent = done.receipt ? t("erased", done.receipt.sightings.length, moment(done.receipt.gone_by)) : t("orders", done.signatures, done.needed);
  say(t("orders", done.signatures, done.needed));
}

async function enrol() {
  const name = person(), { file, fingerprint } = await enrolled(told, name, "Countenance approvals");
  at("fingerprint").textContent = fingerprint;
  const link = at("registration");
  link.href = URL.createObjectURL(new Blob([file], { type: "application/octet-stream" }));
  link.download = `${name.replace(/\//g, "-")}.registration`;
  at("made").hidden = false;
  say(t("madeIt"));
}

function wire(id, event, work) {
  at(id).addEventListener(event, (happened) => { happened.preventDefault(); doing(async () => { if (!told) await configured(); await work(); }); });
}

async function begin() {
  language = Object.keys(LANGUAGES).find((one) => navigator.language.startsWith(one)) ?? "en";
  at("language").value = language;
  at("language").addEventListener("change", () => { language = at("language").value; translate(); });
  for (const one of document.querySelectorAll("nav button")) one.addEventListener("click", () => view(one.dataset.view));
  for (const one of document.querySelectorAll("[data-verdict]")) one.addEventListener("click", () => doing(() => verdict(one.dataset.verdict)));
  wire("list", "click", list);
  wire("approve", "click", () => said(true, ""));
  wire("refusal", "submit", () => { const why = at("reason").value.trim(); if (!why) throw new Wrong("reason"); return said(false, why); });
  wire("withdraw", "click", () => said(false, "withdrawn"));
  wire("narrowing", "submit", narrowed);
  wire("showing", "submit", show);
  wire("restriction", "submit", restricted);
  wire("reply", "submit", replied);
  wire("order", "submit", ordered);
  wire("make", "click", enrol);
  translate();
  view("warrants", false);
  try {
    await configured();
  } catch (error) {
    complain(error);
    return;
  }
  at("demo").hidden = !told.demo;
  translate();
  handed();
  addEventListener("hashchange", handed);
}

begin();
