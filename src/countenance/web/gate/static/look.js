// Looking: frames go to this machine's kiosk one after the other; what it says may be shown of them is shown, mirrored.
//
// The camera's own picture is never on the page: faces beside the zone are covered by the kiosk first. Needs frames.js.

const EVERY = 70;
const picture = document.querySelector("#seen"), again = document.querySelector("#again");

async function sent() {
  const headers = { "x-visit": camera.dataset.visit, "content-type": "image/jpeg" };
  const answer = await fetch("/visit/frame", { method: "POST", headers, body: await taken(), cache: "no-store" });
  if (!answer.ok) throw new Error(answer.status === 403 ? "over" : "lost");
  const before = picture.src;
  picture.src = URL.createObjectURL(await answer.blob());
  if (before) URL.revokeObjectURL(before);
  return JSON.parse(answer.headers.get("x-told"));
}

function shown(told) {
  const held = told.turn && told.reached, failed = told.progress === "failed";
  camera.dataset.turn = failed || told.reached ? "" : told.turn;
  if (failed) tell("failed", word(`advice_${told.advice}`));
  else tell(held ? "held" : "running", word(held ? "hold" : told.turn || "straight"));
  if (told.steps > 1) step.textContent = step.dataset.of.replace("{}", Math.min(told.step + 1, told.steps)).replace("{}", told.steps);
}

async function looked() {
  try {
    await opened();
  } catch {
    tell("failed", word("no_camera"));
    return;
  }
  for (;;) {
    const since = performance.now();
    const told = await sent();
    document.dispatchEvent(new Event("kiosk-seen"));
    shown(told);
    if (told.over) break;
    await pause(EVERY - (performance.now() - since));
  }
  camera.dataset.turn = step.textContent = "";
  tell("answered", word("wait"));
  closed();
  document.querySelector("#then").submit();
}

async function begin() {
  again.hidden = true;
  try {
    await looked();
  } catch (error) {
    camera.dataset.turn = "";
    // Nothing of who stood here stays on the screen.
    closed();
    URL.revokeObjectURL(picture.src);
    picture.removeAttribute("src");
    tell("failed", word(error.message === "over" ? "over" : "lost"));
    again.hidden = error.message === "over";
  }
}

again.addEventListener("click", begin);
addEventListener("pagehide", closed);
begin();
