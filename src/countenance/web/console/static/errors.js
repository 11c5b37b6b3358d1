"use strict";
// Error bounds of every camera and purpose, and what is frozen, in words. Needs session.js and operator.js.

const BILLION = 1e9;
const short = (number) => String(Number(number.toPrecision(2)));

function named(what) {
  const at = what.indexOf(":");
  return at < 0 ? words.others : `${words[what.slice(0, at)] ?? what.slice(0, at)} ${what.slice(at + 1)}`;
}

// Of 100 searches as wide as the widest, how many may show a stranger.
function bounds({ low, high }) {
  if (low === null || high === null) return words.not_compared;
  const least = Math.min(100, low / 10), most = Math.min(100, high / 10);
  if (most >= 100) return least <= 0 ? words.any : `${words.least} ${short(least)}`;
  return least <= 0 ? `${words.most} ${short(most)}` : `${short(least)} ${words.to} ${short(most)}`;
}

function judged(one) {
  const cell = element("td");
  const [text, kind] = one.stopped !== null ? [`${words.stopped} ${one.stopped}`, "bad"]
    : one.high !== null && one.high <= one.limit ? [words.within, "good"] : [words.unknown, ""];
  cell.append(element("span", text, `tag ${kind}`));
  return cell;
}

const counted = (one) => row(
  named(one.what), element("td", one.searches, "number"),
  element("td", one.undecided ? `${one.strangers} (${one.undecided} ${words.undecided})` : one.strangers, "number"),
  element("td", Number((one.expected / BILLION).toPrecision(3)), "number"), bounds(one),
  element("td", one.limit / 10, "number"), judged(one),
);

function cell(content) {
  const made = element("td");
  made.append(content);
  return made;
}

const frozen = (one) => row(
  one.person, cell(moments.element(one.since)), one.cause, element("td", `${one.signatures} / ${one.needed}`, "number"),
  entryCell(one.entry),
);

addEventListener("DOMContentLoaded", () => trying(null, async () => {
  const told = await act("errors", "Nothing", {});
  document.getElementById("counts").replaceChildren(...told.counts.map(counted));
  document.getElementById("nothing").hidden = told.counts.length > 0;
  document.getElementById("sure").textContent = told.counts.length ? `${words.sure} ${100 - told.error / 10}` : "";
  const none = document.getElementById("none-frozen");
  if (!none) return;
  const listed = (await act("freezes", "Nothing", {})).frozen;
  document.getElementById("frozen").replaceChildren(...listed.map(frozen));
  none.hidden = listed.length > 0;
}));
