"use strict";
// Pictures of the log: one leaf's way to the root, and how the log grew. Colours are the style sheet's.

const SVG = "http://www.w3.org/2000/svg";
const ROW = 52, MIDDLE = 190, ASIDE = 105, RADIUS = 9;

function shape(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

// `steps`: from the leaf up, as `Tiled.path` gives them. `names`: words for the leaf, the root and the picture.
function wayUp(index, steps, names) {
  const height = (steps.length + 1) * ROW + 20;
  const picture = shape("svg", { viewBox: `0 0 380 ${height}`, width: 380, height, role: "img", "aria-label": names.picture });
  const row = (at) => height - 30 - at * ROW, lines = shape("g", {}), nodes = shape("g", {});
  steps.forEach((step, at) => {
    const x = MIDDLE + (step.left ? -ASIDE : ASIDE);
    lines.append(shape("path", { class: "edge", d: `M${x} ${row(at)}L${MIDDLE} ${row(at + 1)}` }));
    lines.append(shape("path", { class: "way", d: `M${MIDDLE} ${row(at)}L${MIDDLE} ${row(at + 1)}` }));
    nodes.append(shape("circle", { class: "node", cx: x, cy: row(at), r: RADIUS }));
    nodes.append(shape("text", { x, y: row(at) + 24, "text-anchor": "middle" }, `${spanned(step)} · ${hex(step.hash).slice(0, 8)}`));
  });
  for (let at = 0; at <= steps.length; at += 1) {
    const kind = at === steps.length ? "apex" : "mine";
    nodes.append(shape("circle", { class: `node ${kind}`, cx: MIDDLE, cy: row(at), r: RADIUS }));
  }
  nodes.append(shape("text", { x: MIDDLE + 16, y: row(0) + 4 }, `${names.entry} ${index}`));
  if (steps.length) nodes.append(shape("text", { x: MIDDLE + 16, y: row(steps.length) + 4 }, names.root));
  picture.append(lines, nodes);
  return picture;
}

const spanned = (step) => (step.to - step.from === 1 ? String(step.from) : `${step.from}–${step.to - 1}`);

// `seen`: pairs of UTC milliseconds and entries, oldest first.
function grownBy(seen, label) {
  const WIDE = 640, HIGH = 160, LEFT = 56, LOW = 26;
  const picture = shape("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, width: WIDE, height: HIGH, role: "img", "aria-label": label });
  const [first, last] = [seen[0], seen[seen.length - 1]], most = Math.max(1, last[1]);
  const x = (time) => LEFT + ((time - first[0]) / Math.max(1, last[0] - first[0])) * (WIDE - LEFT - 12);
  const y = (size) => HIGH - LOW - (size / most) * (HIGH - LOW - 16);
  picture.append(shape("path", { class: "edge", d: `M${LEFT} 8V${HIGH - LOW}H${WIDE - 8}` }));
  const d = seen.map(([time, size], at) => (at ? `H${x(time)}V${y(size)}` : `M${x(time)} ${y(size)}`)).join("");
  picture.append(shape("path", { class: "way", d }));
  for (const [time, size] of seen) picture.append(shape("circle", { class: "node mine", cx: x(time), cy: y(size), r: 3 }));
  picture.append(shape("text", { x: LEFT - 6, y: y(most) + 4, "text-anchor": "end" }, String(most)));
  picture.append(shape("text", { x: LEFT - 6, y: y(0) + 4, "text-anchor": "end" }, "0"));
  picture.append(shape("text", { x: LEFT, y: HIGH - 8, class: "soft" }, moments.said(first[0])));
  if (seen.length > 1) picture.append(shape("text", { x: WIDE - 8, y: HIGH - 8, "text-anchor": "end", class: "soft" }, moments.said(last[0])));
  return picture;
}
