"use strict";
// What a search found and what it did not, and evidence of what two reviewers confirmed. Needs filing.js and
// copying.js.

const SHOWN = 20, places = new Map();

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
    disclose.addEventListener("click", doing(() => disclosed(line, one.sighting, "#candidates button")));
    return made("tr", {},
      made("td", {}, made("code", { textContent: one.sighting })),
      made("td", { className: "digits", textContent: await place(one.sighting).catch((error) => explained(error)) }),
      made("td", {}, reviewed(one)),
      made("td", {}, one.outcome === "confirmed" ? disclose : "–"));
  }));
  the("candidates").replaceChildren(...listed);
}
