// Scanning: a picture of a code becomes the letters in it. A scanner types them; then this has nothing to do.

const told = document.querySelector("#scan-told"), since = document.querySelector("#since");
const form = document.querySelector("#scan");
let read = 0;

async function letters(file) {
  // Where the browser knows more kinds of code than the kiosk does, it is asked first.
  if (globalThis.BarcodeDetector) {
    try {
      const [found] = await new BarcodeDetector().detect(await createImageBitmap(file));
      if (found) return found.rawValue;
    } catch {
      // Then the kiosk reads it.
    }
  }
  const answer = await fetch("/visit/scan", { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file });
  if (!answer.ok) throw new Error("unread");
  return (await answer.json()).text;
}

for (const file of document.querySelectorAll("[data-for]")) {
  file.addEventListener("change", async () => {
    if (!file.files.length) return;
    told.textContent = told.dataset.reading;
    try {
      const field = document.getElementById(file.dataset.for);
      field.value = await letters(file.files[0]);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      told.textContent = told.dataset.done;
    } catch {
      told.textContent = told.dataset.unread;
    }
    file.value = "";
  });
}
form.querySelector("[name=ticket]").addEventListener("input", () => { read ||= performance.now(); });
form.addEventListener("submit", () => { if (since && read) since.value = Math.round(performance.now() - read); });
