// Nobody is here any more: ask once, then go back to the first page, which ends the visit.

const ASK_AFTER = 90_000, LEAVE_AFTER = 30_000;
const dialog = document.querySelector("#away");
let timer = 0;

function leave() {
  location.replace(document.body.dataset.first);
}

function seen() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    dialog.showModal();
    timer = setTimeout(leave, LEAVE_AFTER);
  }, ASK_AFTER);
}

dialog.addEventListener("close", seen);
document.querySelector("#here").addEventListener("click", () => dialog.close());
for (const kind of ["pointerdown", "keydown", "input", "kiosk-seen"]) {
  document.addEventListener(kind, () => dialog.open || seen());
}
// What the browser kept of a page is not shown again to the next person.
addEventListener("pageshow", (shown) => shown.persisted && leave());
seen();
