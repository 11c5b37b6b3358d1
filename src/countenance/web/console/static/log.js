"use strict";
// The log explorer: every claim on this page is checked here. In this order:
// (1) the checkpoint is signed by the log's key; (2) the tiles of its right edge lead to its root; (3) it extends the
// newest one that this browser saw; (4) witnesses whose keys were put in here signed it; then it is remembered. One
// entry: (5) its leaf is in its tile, every tile on its way leads to the root, and its inclusion proof does. What fails
// is an alarm, and nothing of it is remembered. Needs session.js, proofs.js, drawn.js.

const MOST_SEEN = 500, QUARTER = 15 * 60000;
let word = {}, tree = null;

const at = (id) => document.getElementById(id);
const filled = (id, text) => { at(id).textContent = text; };
const put = (text, facts) => text.replace(/\{(\w+)\}/g, (_, name) => facts[name]);

async function read(path) {
  try {
    return new Uint8Array(await (await fetched(`/log/${path}`)).arrayBuffer());
  } catch (error) {
    if (error.status === 400) return null;
    throw error;
  }
}

function alarm(error) {
  if (error.name === "NotSupportedError") return say(word.unsupported, true);
  if (!(error instanceof Broken)) return say(explained(error), true);
  document.body.dataset.alarm = error.message;
  say(put(word[`alarm_${error.message}`] ?? word.alarm_note, { place: error.place ?? "" }), true);
}

async function looked() {
  const { origin, key, genesis } = at("log").dataset;
  tree = null;
  const bytes = await read("checkpoint");
  if (!bytes) return say(word.nothing);
  let note;
  try {
    note = strict.decode(bytes);
  } catch {
    throw new Broken("note");
  }
  const head = await checkpointOf(note, origin, unhex(key)); // (1)
  filled("size", String(head.size));
  filled("root", hex(head.root));
  filled("signature", word.verified);
  await navigator.locks.request("log", () => held(head, genesis));
}

async function held(head, genesis) {
  const seen = await kept("log");
  if (seen && seen.genesis !== genesis) {
    at("another").hidden = false;
    throw new Broken("genesis");
  }
  const growing = new Tiled(head.size, head.root, read);
  try {
    if (seen && head.size < seen.size) throw new Broken("shorter");
    await growing.edge(); // (2)
    if (seen) await consistent(seen.size, head.size, unhex(seen.root), head.root, await growing.consistency(seen.size)); // (3)
  } catch (error) {
    if (seen && error instanceof Broken && error.message !== "tile") saved(seen.note, head.note);
    filled("before", error instanceof Broken ? word.not_so : word.not_known);
    throw error;
  }
  filled("before", seen ? put(word.extends, { size: seen.size, when: moments.said(seen.when) }) : word.first);
  await witnessed(head, seen?.keys ?? []); // (4)
  const last = seen?.sizes.at(-1), sizes = seen?.sizes ?? [], when = Date.now();
  const grown = last?.[1] === head.size ? sizes : [...sizes, [when, head.size]].slice(-MOST_SEEN);
  await keep("log", { genesis, size: head.size, root: hex(head.root), note: head.note, when, sizes: grown, keys: seen?.keys ?? [] });
  at("growth").replaceChildren(grownBy(grown, put(word.growth_label, { size: head.size })));
  tree = growing;
}

async function witnessed(head, keys) {
  const names = [...new Set(head.signatures.map((one) => one.name))].filter((name) => name !== head.origin);
  const said = [];
  for (const name of names) {
    const known = keys.find((one) => one.name === name), seconds = known ? await cosigned(head, name, unhex(known.key)) : null;
    said.push(seconds === null ? put(word.unknown_key, { name: visible(name) }) : put(word.cosigned, { name: visible(name), when: moments.said(seconds * 1000) }));
  }
  for (const one of keys.filter((each) => !names.includes(each.name))) said.push(put(word.silent, { name: visible(one.name) }));
  filled("witnesses", said.join(" · ") || word.none);
}

// Two checkpoints that cannot both be of one log, signed by its key: proof for anybody.
function saved(before, now) {
  at("save").href = URL.createObjectURL(new Blob([before, "\n\n", now], { type: "text/plain" }));
  at("evidence").hidden = false;
}

async function entry(index) {
  filled("found", word.checking);
  at("path").hidden = true;
  if (!tree) return filled("found", word.no_tree);
  if (index >= tree.size) return filled("found", put(word.not_yet, { index, size: tree.size, when: moments.said(nextTick()) }));
  const leaves = await tree.leaves(Math.floor(index / WIDTH)), leaf = leaves[index % WIDTH], steps = await tree.path(index);
  await included(leaf, index, tree.size, steps.map((step) => step.hash), tree.root); // (5)
  filled("found", put(word.found, { index, size: tree.size, leaf: hex(leaf) }));
  at("picture").replaceChildren(wayUp(index, steps, { entry: word.entry, root: word.root, picture: put(word.picture_label, { index, steps: steps.length }) }));
  at("steps").replaceChildren(...steps.map((step, number) => {
    const row = document.createElement("tr");
    for (const text of [number + 1, spanned(step), hex(step.hash)]) row.append(Object.assign(document.createElement("td"), { textContent: String(text) }));
    row.lastChild.className = "hash";
    return row;
  }));
  at("path").hidden = false;
}

async function every() {
  if (!tree) return filled("checked", word.no_tree);
  for (let number = 0; number * WIDTH < tree.size; number += 1) {
    await tree.leaves(number);
    filled("checked", put(word.so_far, { done: Math.min(tree.size, (number + 1) * WIDTH), size: tree.size }));
  }
  filled("checked", put(word.whole, { size: tree.size }));
}

async function learned(text) {
  const keys = [], seen = await kept("log");
  for (const line of text.split("\n").filter((one) => one.trim())) keys.push(await witnessOf(line));
  if (!seen) return say(word.no_tree, true);
  await keep("log", { ...seen, keys });
  location.reload();
}

const nextTick = () => Math.ceil((Date.now() + 1) / QUARTER) * QUARTER;
const doing = (act, place) => act.catch((error) => { if (place) filled(place, ""); alarm(error); });

addEventListener("DOMContentLoaded", async () => {
  word = JSON.parse(at("words").textContent);
  filled("tick", put(word.next_tick, { when: moments.time(nextTick()) }));
  at("entry-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(entry(Number(at("entry").value)), "found");
  });
  at("every").addEventListener("click", () => doing(every(), "checked"));
  at("witness-form").addEventListener("submit", (event) => {
    event.preventDefault();
    doing(learned(at("keys").value));
  });
  at("forget").addEventListener("click", async () => {
    await forget("log");
    location.reload();
  });
  await doing(looked());
  const wanted = new URL(location).searchParams.get("entry");
  if (/^\d{1,15}$/.test(wanted ?? "")) {
    at("entry").value = wanted;
    await doing(entry(Number(wanted)), "found");
  }
  document.body.dataset.looked = "yes";
});
