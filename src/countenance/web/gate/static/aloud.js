// Reading aloud, if somebody wants it and this machine has a voice in their language. Nothing leaves it.

const button = document.querySelector("#aloud"), voice = globalThis.speechSynthesis;
const LANGUAGES = { en: "en-GB", zh: "zh-CN", ru: "ru-RU" };
const on = () => sessionStorage.aloud === "yes";

function speak(text) {
  if (!on() || !text.trim()) return;
  voice.cancel();
  const said = new SpeechSynthesisUtterance(text);
  said.lang = LANGUAGES[document.documentElement.lang] ?? "en-GB";
  voice.speak(said);
}

if (voice && button) {
  button.hidden = false;
  button.setAttribute("aria-pressed", String(on()));
  button.addEventListener("click", () => {
    sessionStorage.aloud = on() ? "no" : "yes";
    button.setAttribute("aria-pressed", String(on()));
    if (on()) all(); else voice.cancel();
  });
  const all = () => speak([...document.querySelectorAll("[data-aloud]")].map((one) => one.textContent).join(". "));
  for (const one of document.querySelectorAll("#say, #scan-told")) {
    new MutationObserver(() => speak(one.textContent)).observe(one, { childList: true });
  }
  all();
}
document.querySelector("#print")?.addEventListener("click", () => print());
