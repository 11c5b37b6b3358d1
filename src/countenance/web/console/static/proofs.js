"use strict";
// The log's arithmetic, done again where the person sits: notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature),
// the tree of RFC 9162 and its proofs, tiles (C2SP tlog-tiles). Nothing is believed but the log's key. Needs bytes.js.

const HASH = 32, WIDTH = 256, LEAF = 34, LONGEST_NOTE = 65536;
const NOTE_KEY = 1, WITNESS_KEY = 4;

class Broken extends Error {}

const leafHash = (data) => sha256(joined([0], data));
const nodeHash = (left, right) => sha256(joined([1], left, right));
const half = (number) => Math.floor(number / 2);

function split(size) {
  let left = 1;
  while (left * 2 < size) left *= 2;
  return left;
}

// RFC 9162 section 2.1.3.2. Returns if `leaf` (its data) is leaf `index` of the tree; else throws.
async function included(leaf, index, size, hashes, root) {
  if (!(index >= 0 && index < size)) throw new Broken("outside");
  let number = index, last = size - 1, digest = await leafHash(leaf);
  for (const sibling of hashes) {
    if (last === 0) throw new Broken("inclusion");
    if (number % 2 || number === last) {
      digest = await nodeHash(sibling, digest);
      while (number && number % 2 === 0) [number, last] = [half(number), half(last)];
    } else {
      digest = await nodeHash(digest, sibling);
    }
    [number, last] = [half(number), half(last)];
  }
  if (last || !same(digest, root)) throw new Broken("inclusion");
}

// RFC 9162 section 2.1.4.2. Returns if the log of `second` leaves begins with that of `first`; else throws.
async function consistent(first, second, firstRoot, secondRoot, hashes) {
  if (!(first >= 0 && first <= second)) throw new Broken("shorter");
  if (first === 0 || first === second) {
    const before = first === 0 ? await sha256(new Uint8Array()) : secondRoot;
    if (hashes.length || !same(firstRoot, before)) throw new Broken("rewritten");
    return;
  }
  const path = [...hashes];
  if (Number.isInteger(Math.log2(first))) path.unshift(firstRoot);
  if (!path.length) throw new Broken("rewritten");
  let number = first - 1, last = second - 1;
  while (number % 2) [number, last] = [half(number), half(last)];
  let older = path[0], newer = path[0];
  for (const sibling of path.slice(1)) {
    if (last === 0) throw new Broken("rewritten");
    if (number % 2 || number === last) {
      [older, newer] = [await nodeHash(sibling, older), await nodeHash(sibling, newer)];
      while (number && number % 2 === 0) [number, last] = [half(number), half(last)];
    } else {
      newer = await nodeHash(newer, sibling);
    }
    [number, last] = [half(number), half(last)];
  }
  if (last || !same(older, firstRoot) || !same(newer, secondRoot)) throw new Broken("rewritten");
}

function decoded(text) {
  let bytes;
  try {
    bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  } catch {
    throw new Broken("note");
  }
  if (encoded(bytes) !== text) throw new Broken("note");
  return bytes;
}

const encoded = (bytes) => btoa(String.fromCharCode(...bytes));
const keyId = async (name, kind, key) => (await sha256(joined(utf8.encode(`${name}\n`), [kind], key))).slice(0, 4);

async function signedBy(key, signature, text) {
  const own = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", own, signature, utf8.encode(text));
}

// What a note claims, and its signature lines; nothing is verified yet.
function parsed(note) {
  const gap = note.lastIndexOf("\n\n"), text = note.slice(0, gap + 1), lines = note.slice(gap + 2);
  if (gap < 0 || note.length > LONGEST_NOTE || !lines.endsWith("\n") || /[\0-\x09\x0b-\x1f]/.test(note)) throw new Broken("note");
  const [origin, count, root, ...rest] = text.slice(0, -1).split("\n");
  if (rest.length || !origin || !/^(0|[1-9]\d{0,14})$/.test(count ?? "") || root === undefined) throw new Broken("note");
  const digest = decoded(root);
  if (digest.length !== HASH) throw new Broken("note");
  const signatures = lines.slice(0, -1).split("\n").map((line) => {
    const found = /^— ([^ ]+) (.+)$/.exec(line);
    if (!found) throw new Broken("note");
    const data = decoded(found[2]);
    return { name: found[1], id: data.slice(0, 4), signature: data.slice(4) };
  });
  return { note, text, origin, size: Number(count), root: digest, signatures };
}

// The checkpoint in `note`, signed by the log `origin` with `key`; else throws.
async function checkpointOf(note, origin, key) {
  const found = parsed(note), id = await keyId(origin, NOTE_KEY, key);
  if (found.origin !== origin) throw new Broken("signature");
  let verified = false;
  for (const one of found.signatures.filter((each) => each.name === origin && same(each.id, id))) {
    if (!(await signedBy(key, one.signature, found.text))) throw new Broken("signature");
    verified = true;
  }
  if (!verified) throw new Broken("signature");
  return found;
}

// When (seconds since 1970) the witness cosigned what `found` is, or null if it did not; throws if its line is wrong.
async function cosigned(found, name, key) {
  const id = await keyId(name, WITNESS_KEY, key);
  for (const one of found.signatures.filter((each) => each.name === name && same(each.id, id))) {
    if (one.signature.length !== 72) throw new Broken("cosignature");
    const seconds = Number(new DataView(one.signature.buffer).getBigUint64(0));
    const said = `cosignature/v1\ntime ${seconds}\n${found.text}`;
    if (!Number.isSafeInteger(seconds) || !(await signedBy(key, one.signature.slice(8), said))) throw new Broken("cosignature");
    return seconds;
  }
  return null;
}

// A witness's key as its `init` prints it: name+key id in hex+base64 of 0x04 and the key.
async function witnessOf(line) {
  const [name, id, rest] = line.trim().split(/\+(.*?)\+(.*)/s);
  const data = decoded(rest ?? ""), key = data.slice(1);
  if (!name || data[0] !== WITNESS_KEY || key.length !== HASH || hex(await keyId(name, WITNESS_KEY, key)) !== id) throw new Broken("key");
  return { name, key: hex(key) };
}

function tilePath(level, number, width = WIDTH) {
  const digits = String(number), groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.../g);
  const last = groups.pop();
  return `tile/${level}/${groups.map((group) => `x${group}/`).join("")}${last}${width < WIDTH ? `.p/${width}` : ""}`;
}

const cut = (bytes, step) => Array.from({ length: bytes.length / step }, (_, at) => bytes.slice(at * step, (at + 1) * step));

// The complete subtrees of hashes side by side, from left to right, joined from the right: their hash.
async function fold(hashes) {
  if (hashes.length === 1) return hashes[0];
  const left = split(hashes.length);
  return nodeHash(await fold(hashes.slice(0, left)), await fold(hashes.slice(left)));
}

// The tree of `size` leaves under `root`, read tile by tile. `read`: path -> bytes, or null if there is none.
class Tiled {
  constructor(size, root, read) {
    Object.assign(this, { size, root, read, tiles: new Map() });
  }

  count(level) {
    return Math.floor(this.size / WIDTH ** level);
  }

  // A tile as it is said to be. As much of the full one, where the log has grown since.
  async piece(level, number, step) {
    const width = Math.min(WIDTH, (level === "entries" ? this.size : this.count(level)) - number * WIDTH);
    let data = await this.read(tilePath(level, number, width));
    if (!data && width < WIDTH) data = (await this.read(tilePath(level, number)))?.slice(0, width * step);
    if (data?.length !== width * step) throw Object.assign(new Broken("tile"), { place: tilePath(level, number, width) });
    return cut(data, step);
  }

  // The hashes in a tile, once they are proven to lead to the root: the edge does by itself, a full tile by the one above.
  async proven(level, number) {
    const name = `${level}/${number}`;
    if (!this.tiles.has(name)) {
      await this.edge();
      if (!this.tiles.has(name)) {
        const hashes = await this.piece(level, number, HASH), above = await this.proven(level + 1, Math.floor(number / WIDTH));
        if (!same(await fold(hashes), above[number % WIDTH])) throw Object.assign(new Broken("tile"), { place: tilePath(level, number) });
        this.tiles.set(name, hashes);
      }
    }
    return this.tiles.get(name);
  }

  // The tiles at the right edge, one a level: what they hold is the whole tree's complete subtrees.
  async edge() {
    if (this.edged) return;
    const edge = new Map(), peaks = [];
    for (let level = 0; this.count(level); level += 1) {
      const number = Math.floor(this.count(level) / WIDTH), width = this.count(level) % WIDTH;
      if (!width) continue;
      const hashes = await this.piece(level, number, HASH);
      edge.set(`${level}/${number}`, hashes);
      const own = [];
      for (let at = 0, left = width; left; ) {
        const most = 2 ** Math.floor(Math.log2(left));
        own.push(await fold(hashes.slice(at, at + most)));
        [at, left] = [at + most, left - most];
      }
      peaks.unshift(...own);
    }
    let digest = peaks.pop() ?? (await sha256(new Uint8Array()));
    while (peaks.length) digest = await nodeHash(peaks.pop(), digest);
    if (!same(digest, this.root)) throw Object.assign(new Broken("tile"), { place: "checkpoint" });
    for (const [name, hashes] of edge) this.tiles.set(name, hashes);
    this.edged = true;
  }

  // The hash over leaves `start` to `end`, not included.
  async subtree(start, end) {
    const count = end - start;
    if (!Number.isInteger(Math.log2(count))) {
      const middle = start + split(count);
      return nodeHash(await this.subtree(start, middle), await this.subtree(middle, end));
    }
    const level = Math.floor(Math.log2(count) / 8), each = WIDTH ** level, first = start / each;
    const hashes = await this.proven(level, Math.floor(first / WIDTH));
    return fold(hashes.slice(first % WIDTH, (first % WIDTH) + count / each));
  }

  // The way from leaf `index` to the root: each step's sibling, and which leaves that covers.
  async path(index) {
    const steps = [];
    for (let start = 0, end = this.size; end - start > 1; ) {
      const middle = start + split(end - start), left = index < middle;
      const [from, to] = left ? [middle, end] : [start, middle];
      steps.unshift({ hash: await this.subtree(from, to), from, to, left: !left });
      [start, end] = left ? [start, middle] : [middle, end];
    }
    return steps;
  }

  async consistency(first) {
    if (first === 0 || first >= this.size) return [];
    const path = [];
    let start = 0, end = this.size, whole = true;
    while (first !== end) {
      const middle = start + split(end - start);
      if (first <= middle) {
        path.unshift(await this.subtree(middle, end));
        end = middle;
      } else {
        path.unshift(await this.subtree(start, middle));
        [start, whole] = [middle, false];
      }
    }
    if (!whole) path.unshift(await this.subtree(start, end));
    return path;
  }

  // The data of the leaves in bundle `number`, each of which is the hash in the tree.
  async leaves(number) {
    const bundle = await this.piece("entries", number, LEAF), hashes = await this.proven(0, number), found = [];
    for (const [at, one] of bundle.entries()) {
      const data = one.slice(2);
      if (one[0] !== 0 || one[1] !== HASH || !same(await leafHash(data), hashes[at])) {
        throw Object.assign(new Broken("tile"), { place: tilePath("entries", number, bundle.length) });
      }
      found.push(data);
    }
    return found;
  }
}
