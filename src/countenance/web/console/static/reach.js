"use strict";
// What a scope touches now: rows, the threshold that follows, and what narrower ones would touch. The custodian counts,
// once for each scope that is shown. Needs filing.js.

const MOST_ASKED = 12;
let turn = 0;

async function extent(extractor, scope) {
  const told = await act("extent", "Extent", { extractor, scope: { ...scope, type: "Scope" } });
  return { scope, rows: told.rows, stated: told.stated };
}

// The two halves, at a full hour; none of a scope of one hour, which is searched whole.
function halves(scope) {
  const first = Math.floor(scope.start / HOUR), last = Math.floor((scope.end - 1) / HOUR);
  if (last === first) return [];
  const middle = (first + Math.ceil((last - first + 1) / 2)) * HOUR;
  return [{ ...scope, end: middle }, { ...scope, start: middle }];
}

// Narrower scopes worth a look, each with its own figures: half the hours, and only cameras that saw anybody.
async function narrower(extractor, scope) {
  const found = (await Promise.all(halves(scope).map((half) => extent(extractor, half)))).map((one, at) => ({
    ...one, told: filled(at ? words.from_on : words.until, { at: moments.said(at ? one.scope.start : one.scope.end) }),
  }));
  if (scope.cameras.length > 1 && scope.cameras.length <= MOST_ASKED) {
    const each = await Promise.all(scope.cameras.map((camera) => extent(extractor, { ...scope, cameras: [camera] })));
    const active = each.filter((one) => one.rows);
    const cameras = active.flatMap((one) => one.scope.cameras);
    if (active.length && active.length < each.length) {
      const told = filled(words.only_active, { n: cameras.length, of: each.length });
      found.push({ ...(await extent(extractor, { ...scope, cameras })), told });
    }
    const busiest = active.reduce((one, other) => (one && one.rows >= other.rows ? one : other), null);
    if (busiest) found.push({ ...busiest, told: filled(words.only_one, { camera: busiest.scope.cameras[0] }) });
  }
  return found;
}

const lost = (said) => (said.missed < 0 ? words.nobody_counted : filled(words.of_1000, { n: count(said.missed) }));

function figures(one, oneIn) {
  const said = one?.stated[oneIn];
  the("rows").textContent = one ? count(one.rows) : "–";
  the("threshold").textContent = said ? thousandths(said.used) : "–";
  the("strangers").textContent = said ? filled(words.of_1000, { n: count(said.expected) }) : "–";
  the("missed").textContent = said ? lost(said) : "–";
}

function explainedReach(one, oneIn) {
  const said = one.stated[oneIn];
  if (!one.rows) return words.reach_empty;
  if (one.rows > said.reach) return filled(words.reach_cut, { reach: count(said.reach) });
  return filled(words.reach_told, { sources: said.sources.map((name) => words[`source_${name}`] ?? name).join(", ") });
}

// Ask for `scope` and what is narrower; `taken`: what to do with a narrower one that is chosen.
async function reach(extractor, scope, oneIn, taken) {
  const mine = (turn += 1);
  if (!scope) {
    figures(null, oneIn);
    the("reach-told").textContent = words.reach_first;
    the("narrower").replaceChildren();
    return null;
  }
  const one = await extent(extractor, scope);
  if (mine !== turn) return null;
  figures(one, oneIn);
  the("reach-told").textContent = explainedReach(one, oneIn);
  const found = await narrower(extractor, scope);
  if (mine !== turn) return null;
  the("narrower").replaceChildren(...found.map((other) => {
    const said = other.stated[oneIn];
    const figure = filled(words.narrower_told, { rows: count(other.rows), threshold: thousandths(said.used), missed: lost(said) });
    const button = made("button", { type: "button", textContent: words.take, onclick: () => taken(other.scope) });
    button.setAttribute("aria-label", `${words.take}: ${other.told}`);
    return made("li", {}, made("span", {}, other.told, made("br"), made("small", { className: "soft", textContent: figure })), button);
  }));
  return one;
}
