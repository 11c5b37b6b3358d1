"use strict";
// What the operator's pages share: words in the page's language, elements, and acts whose failure is said aloud.

const words = JSON.parse(document.getElementById("words").textContent);

function element(kind, text = "", name = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  if (name) made.className = name;
  return made;
}

function row(...cells) {
  const line = element("tr");
  line.append(...cells.map((cell) => (cell instanceof Node ? cell : element("td", visible(cell)))));
  return line;
}

function entryCell(entry) {
  const cell = element("td", "", "number");
  cell.append(entryLink(entry));
  return cell;
}

// `button` is off while `what` goes on, so that nothing is asked twice.
async function trying(button, what) {
  say("", true);
  if (button) button.disabled = true;
  try {
    await what();
  } catch (error) {
    say(explained(error), true);
  } finally {
    if (button) button.disabled = false;
  }
}
