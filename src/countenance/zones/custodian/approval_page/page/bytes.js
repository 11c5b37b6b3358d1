"use strict";
// Bytes: hex, canonical JSON (RFC 8785), SHA-256, and the decryption of pictures. Nothing here knows of people.

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const LABEL = utf8.encode("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0");
const SALT = 24, HEADER = 56, CHUNK = 16384, TAG = 16, STILL = 65536;

class Wrong extends Error {}

const hex = (bytes) => Array.from(new Uint8Array(bytes), (one) => one.toString(16).padStart(2, "0")).join("");

function unhex(text) {
  if (typeof text !== "string" || !/^([0-9a-f]{2})*$/.test(text)) throw new Wrong("hex");
  return Uint8Array.from(text.match(/../g) ?? [], (two) => parseInt(two, 16));
}

const joined = (...parts) => Uint8Array.from(parts.flatMap((part) => Array.from(part)));
const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

// RFC 8785 takes strings and numbers as JSON.stringify writes them, and keys in order of their UTF-16 code units.
function canonical(value) {
  if (value === null || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return JSON.stringify(value);
  if (typeof value === "string" && value.isWellFormed()) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return `{${Object.keys(value).sort().map((key) => `${canonical(key)}:${canonical(value[key])}`).join(",")}}`;
  }
  throw new Wrong("json");
}

const record = (type, fields) => utf8.encode(canonical({ ...fields, type }));

// What bytes spell, if they spell it canonically: the same bytes never read as two texts.
function spelled(bytes, type) {
  let text, value;
  try {
    text = strict.decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new Wrong("json");
  }
  if (canonical(value) !== text || value.type !== type) throw new Wrong("json");
  return value;
}

async function hmac512(key, ...parts) {
  const own = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-512" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", own, joined(...parts)));
}

// C2SP chunked encryption with SHA-512 and AES-256-GCM, no context. The whole is authenticated before any of it leaves.
async function decrypted(key, data) {
  const body = data.length - HEADER, whole = Math.floor(body / (CHUNK + TAG)), rest = body - whole * (CHUNK + TAG);
  if (key.length !== 32 || body < TAG || rest < TAG) throw new Wrong("picture");
  const info = joined(LABEL, data.subarray(0, SALT));
  const first = await hmac512(key, info, [1]);
  const material = joined(first, await hmac512(key, first, info, [2]));
  if (!same(material.subarray(44, 76), data.subarray(SALT, HEADER))) throw new Wrong("picture");
  const cipher = await crypto.subtle.importKey("raw", material.subarray(0, 32), "AES-GCM", false, ["decrypt"]);
  const parts = [];
  for (let number = 0; number <= whole; number += 1) {
    const nonce = material.slice(32, 44), at = HEADER + number * (CHUNK + TAG);
    for (let byte = 0; byte < 4; byte += 1) nonce[11 - byte] ^= (number >>> (8 * byte)) & 255;
    const chunk = data.subarray(at, at + CHUNK + TAG);
    try {
      parts.push(new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, cipher, chunk)));
    } catch {
      throw new Wrong("picture");
    }
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// A still: length of the header (2 bytes), header, JPEG, zeros.
function jpegOf(still) {
  if (still.length !== STILL) throw new Wrong("picture");
  const length = still[0] * 256 + still[1];
  const header = JSON.parse(strict.decode(still.subarray(2, 2 + length)));
  const end = 2 + length + header.jpeg;
  if (!Number.isSafeInteger(header.jpeg) || header.jpeg < 1 || end > STILL) throw new Wrong("picture");
  return still.subarray(2 + length, end);
}

const kind = (bytes) => (bytes[0] === 0x89 ? "image/png" : bytes[0] === 0x52 ? "image/webp" : "image/jpeg");

// Invisible and direction-changing characters can make a text look like another: they are spelled out.
const visible = (text) => String(text).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (one) => `⟨U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
