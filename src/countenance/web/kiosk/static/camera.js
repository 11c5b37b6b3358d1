// The camera: frames go to this machine's kiosk as JPEG, one after the other, and it says what to show next.
//
// What is shown is mirrored. Nothing is kept here: the camera is let go when the page is left. Needs frames.js.

const EVERY = 90;
const camera = document.querySelector("#camera"), view = document.querySelector("#view");
const say = document.querySelector("#say"), go = document.querySelector("#go"), step = document.querySelector("#step");

const word = (name) => document.querySelector(`#words [data-word="${name}"]`).textContent;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function tell(state, text) {
  camera.dataset.state = state;
  if (say.textContent !== text) say.textContent = text;
}

async function asked(path, body) {
  const headers = { "x-visit": camera.dataset.visit, "content-type": "image/jpeg" };
  const answer = await fetch(path, { method: "POST", headers, body, cache: "no-store" });
  if (!answer.ok) throw new Error(answer.status === 403 ? "over" : "lost");
  return answer.json();
}

function shown(prompt) {
  camera.dataset.turn = prompt.reached ? "" : prompt.turn;
  const held = prompt.turn && prompt.reached;
  tell(held ? "held" : "running", word(held ? "hold" : prompt.turn || "straight"));
  step.textContent = step.dataset.of.replace("{}", Math.min(prompt.step + 1, prompt.steps)).replace("{}", prompt.steps);
}

async function attempt() {
  let prompt = await asked("/visit/begin", null);
  const left = prompt.left;
  while (prompt.progress === "running") {
    shown(prompt);
    const since = performance.now();
    prompt = await asked("/visit/frame", await taken(view));
    document.dispatchEvent(new Event("kiosk-seen"));
    await pause(EVERY - (performance.now() - since));
  }
  camera.dataset.turn = step.textContent = "";
  if (prompt.progress === "answered") {
    tell("answered", word("answered"));
    closed(view);
    document.querySelector("#file").submit();
    return;
  }
  tell("failed", word(left ? `advice_${prompt.advice}` : "clerk"));
  go.hidden = !left;
}

go.addEventListener("click", async () => {
  tell("running", word("straight"));
  try {
    await opened(view);
  } catch {
    tell("failed", word("no_camera"));
    return;
  }
  try {
    await attempt();
  } catch (error) {
    camera.dataset.turn = "";
    tell("failed", word(["over", "lost"].includes(error.message) ? error.message : "lost"));
    go.hidden = error.message === "over";
  }
  go.textContent = go.dataset.again;
});
addEventListener("pagehide", () => closed(view));
