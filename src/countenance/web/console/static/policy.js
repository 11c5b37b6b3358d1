"use strict";
// The policy that stands, and what another text would change, line by line. Needs session.js and operator.js.

const MOST_LINES = 3000, NEAR = 2;
let standing = "";

// Longest common subsequence: [kind, line] with kind "same", "gone" or "added".
function compared(before, after) {
  const one = before.split("\n"), other = after.split("\n");
  if (one.length > MOST_LINES || other.length > MOST_LINES) throw Object.assign(new Wrong("long"), { said: words.long });
  const wide = other.length + 1, best = new Uint16Array((one.length + 1) * wide);
  for (let at = one.length - 1; at >= 0; at--) {
    for (let to = other.length - 1; to >= 0; to--) {
      best[at * wide + to] = one[at] === other[to]
        ? best[(at + 1) * wide + to + 1] + 1 : Math.max(best[(at + 1) * wide + to], best[at * wide + to + 1]);
    }
  }
  const found = [];
  let at = 0, to = 0;
  while (at < one.length || to < other.length) {
    if (at < one.length && to < other.length && one[at] === other[to]) { found.push(["same", one[at]]); at++; to++; }
    else if (to === other.length || (at < one.length && best[(at + 1) * wide + to] >= best[at * wide + to + 1])) found.push(["gone", one[at++]]);
    else found.push(["added", other[to++]]);
  }
  return found;
}

// A changed line in colour, with a sign, and in words for who hears it.
function shown(kind, text) {
  const line = element("li", "", kind);
  if (kind !== "same") line.append(element("span", `${words[kind]} `, "hidden"));
  line.append(`${{ same: " ", gone: "−", added: "+" }[kind]} ${visible(text)}`);
  return line;
}

function listed(lines) {
  const near = lines.map((_, at) => lines.slice(Math.max(0, at - NEAR), at + NEAR + 1).some(([kind]) => kind !== "same"));
  const found = [];
  for (let at = 0; at < lines.length; ) {
    if (near[at]) { found.push(shown(...lines[at++])); continue; }
    const from = at;
    while (at < lines.length && !near[at]) at++;
    found.push(element("li", `… ${at - from} ${words.skipped}`, "skipped"));
  }
  return found;
}

async function compare() {
  const other = document.getElementById("other").value.replaceAll("\r\n", "\n"), summary = document.getElementById("summary");
  const list = document.getElementById("diff"), lines = compared(standing.trimEnd(), other.trimEnd());
  const count = (kind) => lines.filter(([one]) => one === kind).length, changes = count("added") + count("gone");
  const hashed = hex(await sha256(utf8.encode(other)));
  summary.textContent = changes ? `${words.changed} ${count("added")}, ${count("gone")}. ${words.hash_of} ${hashed}` : words.same;
  list.replaceChildren(...(changes ? listed(lines) : []));
  list.hidden = !changes;
  say(changes ? `${words.changed} ${count("added")}, ${count("gone")}` : words.same);
}

addEventListener("DOMContentLoaded", () => {
  document.getElementById("compare").addEventListener("submit", (event) => {
    event.preventDefault();
    trying(event.submitter, compare);
  });
  trying(null, async () => {
    const { text, policy, entry } = await act("policy", "Nothing", {});
    if (!text) return say(words.none, true);
    standing = text;
    document.getElementById("text").textContent = text;
    document.getElementById("hash").textContent = policy;
    document.getElementById("entry").replaceChildren(entryLink(entry));
  });
});
