"use strict";
// What a search found and what it did not, and evidence of what two reviewers confirmed. Needs filing.js.

const SHOWN = 20, places = new Map();
let disclosing = false;

// Every sentence is there; of a long list the rest is folded away.
function sentences(list) {
  const items = list.map((one) => made("li", { textContent: visible(one) }));
  if (items.length <= SHOWN) return items;
  const rest = items.splice(SHOWN);
  const fold = made("summary", { textContent: filled(words.and_more, { n: count(rest.length) }) });
  return [...items, made("li", {}, made("details", {}, fold, made("ul", {}, ...rest)))];
}

// The answer of the newest search of this session, in words. Nothing found is said as plainly as something.
function answered(answer) {
  const found = answer.candidates.length;
  const facts = { n: count(found), rows: count(answer.rows), hours: count(answer.partitions), threshold: thousandths(answer.threshold), entry: count(answer.entry) };
  const summary = made("strong");
  linked(summary, filled(found ? words.found : words.nobody, facts), answer.entry, facts.entry);
  the("found").replaceChildren(
    made("p", {}, summary),
    ...(answer.more_than_limit ? [made("p", { textContent: words.more })] : []));
  const missed = answer.missed < 0 ? words.missed_uncounted : filled(words.missed_counted, { n: count(answer.missed) });
  const by = answer.calibrations.map((one) => one.slice(0, 12)).join(", ");
  the("errors-told").textContent = filled(words.errors_told, { strangers: count(answer.expected_false), missed, by });
  const gaps = [
    ...answer.incomplete.map((one) => `${words.incomplete}: ${one}`),
    ...answer.not_recorded.map((one) => `${words.not_recorded}: ${one}`),
    ...answer.not_searched.map((one) => `${words.not_searched}: ${one}`),
    ...answer.not_compared.map((one) => `${words.not_compared}: ${one}`),
  ];
  the("not-found").replaceChildren(...sentences(gaps.length ? gaps : [words.all_searched]));
  the("honest").hidden = false;
}

async function place(sighting) {
  if (!places.has(sighting)) {
    const told = await (await fetched(`/sightings/${sighting}`)).json().catch(() => null);
    places.set(sighting, told ? `${told.camera}, ${moments.said(told.start)}` : "–");
  }
  return places.get(sighting);
}

function reviewed(one) {
  if (one.outcome === "confirmed") return made("span", { className: "tag good", textContent: words.confirmed });
  if (one.outcome) return made("span", { className: "tag bad", textContent: words.not_confirmed });
  const told = one.needed > 2 ? words.third_asked : words.verdicts;
  return made("span", { className: "tag warn", textContent: filled(told, { n: one.verdicts, needed: one.needed }) });
}

// Candidates as the custodian lists them now, with what became of each.
async function candidates(line) {
  the("candidates-part").hidden = !line.found.length;
  const listed = await Promise.all(line.found.map(async (one) => {
    const disclose = made("button", { type: "button", textContent: words.disclose, disabled: disclosing || line.kind === "urgent" });
    disclose.setAttribute("aria-label", `${words.disclose}: ${one.sighting}`);
    disclose.addEventListener("click", doing(() => disclosed(line, one.sighting)));
    return made("tr", {},
      made("td", {}, made("code", { textContent: one.sighting })),
      made("td", { className: "digits", textContent: await place(one.sighting).catch((error) => explained(error)) }),
      made("td", {}, reviewed(one)),
      made("td", {}, one.outcome === "confirmed" ? disclose : "–"));
  }));
  the("candidates").replaceChildren(...listed);
}

// One copy: composed, checked by the console against the log's entry, saved. Each copy is an entry.
async function disclosed(line, sighting) {
  const bar = the("progress"), told = the("disclosing-told"), began = Date.now();
  const busy = (yes) => {
    disclosing = yes;
    for (const one of document.querySelectorAll("#candidates button")) one.disabled = yes;
  };
  busy(true);
  the("disclosing").hidden = false;
  bar.hidden = false;
  bar.removeAttribute("value");
  told.textContent = words.composing;
  const ticking = setInterval(() => { bar.title = filled(words.seconds, { n: Math.round((Date.now() - began) / 1000) }); }, 1000);
  try {
    const { warrant, number } = line;
    const done = await act("disclose", "Candidacy", { warrant, number, sighting });
    told.textContent = filled(words.arriving, { size: megabytes(done.bytes) });
    const parts = [], reader = (await fetched(`/evidence/${done.entry}`)).body.getReader();
    bar.max = done.bytes;
    bar.value = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      parts.push(next.value);
      bar.value += next.value.length;
    }
    saved(new Blob(parts, { type: "application/zip" }), done.file);
    linked(told, filled(words.saved, { file: done.file, entry: count(done.entry) }), done.entry, count(done.entry));
  } catch (error) {
    told.textContent = "";
    throw error;
  } finally {
    clearInterval(ticking);
    bar.hidden = true;
    busy(false);
  }
}

const megabytes = (bytes) => (bytes / 1e6).toLocaleString(language(), { maximumFractionDigits: 1 });

function saved(blob, name) {
  const link = made("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
