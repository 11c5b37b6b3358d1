"use strict";
// What a traveller's codes carry, as formats/carried.py and formats/base45.py write it. Nothing here knows of pages.

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const TOKEN = 1, OF_PHONE = 2, WITH_PART = 3, PART = 32;
const LEAST = 147, MOST = 320;

function base45(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length;
    let number = pair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let left = pair ? 3 : 2; left; left -= 1) {
      text += LETTERS[number % 45];
      number = Math.floor(number / 45);
    }
  }
  return text;
}

// The bytes that letters spell, or nothing.
function unbase45(text) {
  const bytes = [];
  for (let at = 0; at < text.length; at += 3) {
    const values = Array.from(text.slice(at, at + 3), (letter) => LETTERS.indexOf(letter));
    const number = values.reduceRight((sum, value) => sum * 45 + value, 0), size = values.length - 1;
    if (!size || values.includes(-1) || number >= 256 ** size) return null;
    if (size === 2) bytes.push(number >> 8);
    bytes.push(number & 255);
  }
  return Uint8Array.from(bytes);
}

// A token, as the kiosk's code spells it. Whoever copies letters may lose a space at their beginning; none ends a code.
function tokenOf(text) {
  for (const letters of [text, ` ${text}`]) {
    const bytes = unbase45(letters);
    if (bytes && bytes[0] === TOKEN && bytes.length >= LEAST && bytes.length <= MOST) return bytes;
  }
  return null;
}

const saltOf = (flight) => sha256(utf8.encode(canonical(["countenance", "part of a phone", flight])));
const forKiosk = async (part, flight) => joined([OF_PHONE], (await saltOf(flight)).subarray(0, 4), part);
const forGate = (part, token) => joined([WITH_PART], part, token);

// A flight's name, as formats/boarding.py writes it, or nothing: a carrier has a letter. `day`: as YYYY-MM-DD.
function flightOf(number, day, origin, destination) {
  const tidy = (text) => text.toUpperCase().replace(/\s/g, "");
  const named = /^([A-Z]{3}|(?=[0-9]?[A-Z])[A-Z0-9]{2})0*([0-9]{1,4}[A-Z]?)$/.exec(tidy(number));
  const places = [origin, destination].map(tidy), when = Date.parse(`${day}T00:00:00Z`);
  if (!named || Number.isNaN(when) || !places.every((place) => /^[A-Z]{3}$/.test(place))) return null;
  const began = Date.UTC(new Date(when).getUTCFullYear(), 0, 1), days = Math.round((when - began) / 86400000) + 1;
  return `${named[1]}${named[2]}-${String(days).padStart(3, "0")}-${places.join("-")}`;
}
