// Frames of this machine's camera as JPEG, not mirrored, for the process beside it, and the words that it answers with.
// Nothing is kept here.

const SIZE = 640, QUALITY = 0.9;
const canvas = document.createElement("canvas");
const camera = document.querySelector("#camera"), view = document.querySelector("#view");
const say = document.querySelector("#say"), step = document.querySelector("#step");

const word = (name) => document.querySelector(`#words [data-word="${name}"]`).textContent;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function tell(state, text) {
  camera.dataset.state = state;
  if (say.textContent !== text) say.textContent = text;
}

async function opened() {
  if (view.srcObject) return;
  const wanted = { width: { ideal: SIZE }, height: { ideal: 480 }, facingMode: "user" };
  view.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  await view.play();
}

function closed() {
  for (const track of view.srcObject?.getTracks() ?? []) track.stop();
  view.srcObject = null;
}

function taken() {
  const scale = Math.min(1, SIZE / Math.max(view.videoWidth, view.videoHeight));
  canvas.width = Math.round(view.videoWidth * scale);
  canvas.height = Math.round(view.videoHeight * scale);
  canvas.getContext("2d").drawImage(view, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}
