// Frames of this machine's camera as JPEG, not mirrored, for the process beside it. Nothing is kept here.

const SIZE = 640, QUALITY = 0.9;
const canvas = document.createElement("canvas");

async function opened(view) {
  if (view.srcObject) return;
  const wanted = { width: { ideal: SIZE }, height: { ideal: 480 }, facingMode: "user" };
  view.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  await view.play();
}

function closed(view) {
  for (const track of view.srcObject?.getTracks() ?? []) track.stop();
  view.srcObject = null;
}

function taken(view) {
  const scale = Math.min(1, SIZE / Math.max(view.videoWidth, view.videoHeight));
  canvas.width = Math.round(view.videoWidth * scale);
  canvas.height = Math.round(view.videoHeight * scale);
  canvas.getContext("2d").drawImage(view, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}
