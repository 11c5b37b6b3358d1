"use strict";
// Maps: their cameras are buttons for a keyboard as for a pointer. What is said of a camera beside its name is in its
// name for who hears it, and in its shape for who sees it.

for (const mark of document.querySelectorAll(".map .mark[role=button]")) {
  mark.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    mark.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  });
}

const marked = (camera) => document.querySelector(`.map .mark[data-camera="${CSS.escape(camera)}"]`);

// `kind`: good or bad, by which a mark has another shape; `said`: its word.
function marking(mark, kind, said) {
  const name = `${mark.dataset.name}: ${said}`;
  if (mark.dataset.state === kind && mark.getAttribute("aria-label") === name) return;
  mark.dataset.state = kind;
  mark.setAttribute("aria-label", name);
}
