// Acts: what a person does, each an ask in canonical JSON, its SHA-256 the challenge that their authenticator signs.

let told = null;

async function fetched(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "omit", cache: "no-store", redirect: "error", ...options });
  } catch {
    throw new Wrong("away");
  }
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    throw Object.assign(new Wrong("refused"), { said: String(said.message ?? answer.status) });
  }
  return answer;
}

async function configured() {
  const said = await (await fetched("/configuration")).json();
  if (said.origin !== location.origin || said.rp_id !== location.hostname) throw new Wrong("elsewhere");
  told = said;
}

// The person at their authenticator: present and verified, for this page's own host alone.
async function asserted(body) {
  let made;
  try {
    made = await navigator.credentials.get({
      publicKey: { challenge: await sha256(body), rpId: told.rp_id, userVerification: "required", timeout: PATIENCE },
    });
  } catch {
    throw new Wrong("untouched");
  }
  return {
    credential: hex(made.rawId),
    authenticator_data: hex(made.response.authenticatorData),
    client_data: hex(made.response.clientDataJSON),
    signature: hex(made.response.signature),
  };
}

// `fields` of the record `type` of this verb; `text`: of a narrowed version, whose hash the record names.
async function ask(person, verb, type, fields, text = new Uint8Array()) {
  const body = record("Ask", {
    body: hex(record(type, fields)),
    deployment: told.deployment,
    made: Date.now(),
    nonce: hex(crypto.getRandomValues(new Uint8Array(16))),
    person,
    reply_key: told.reply_key,
    verb,
  });
  const sent = { signer: person, body: hex(body), assertion: await asserted(body), text: hex(text) };
  const headers = { "content-type": "application/json" };
  return (await fetched("/ask", { method: "POST", headers, body: JSON.stringify(sent) })).json();
}

async function picture(path, key, digest, sealedDigest = null) {
  const data = new Uint8Array(await (await fetched(path)).arrayBuffer());
  if (sealedDigest !== null && hex(await sha256(data)) !== sealedDigest) throw new Wrong("picture");
  const plain = await decrypted(unhex(key), data);
  if (digest !== null && hex(await sha256(plain)) !== digest) throw new Wrong("picture");
  return plain;
}

// The text that the custodian named, or nothing: what is shown is what its hash says, in its only spelling.
async function read(person, line) {
  const { warrant, number, hash } = line;
  const answer = await ask(person, "read", "Named", { warrant, number, hash });
  const text = unhex(answer.text);
  const computed = hex(await sha256(text));
  if (computed !== hash) throw new Wrong("text");
  const said = spelled(text, "Warrant");
  if (said.warrant !== warrant || said.number !== number || said.deployment !== told.deployment) throw new Wrong("text");
  const photo = await picture(`/photo/${warrant}`, answer.photo_key, said.probe.image_digest);
  let before = null;
  if (said.number > 1 && answer.before) {
    const earlier = unhex(answer.before);
    if (hex(await sha256(earlier)) !== said.narrowed_from) throw new Wrong("text");
    before = spelled(earlier, "Warrant");
  }
  return { said, text, hash: computed, photo, before, answer };
}

const approve = (person, held, approves, reason) =>
  ask(person, "approve", "Approval", {
    approves, hash: held.hash, made: Date.now(), number: held.said.number, person, reason, warrant: held.said.warrant,
  });

async function narrow(person, held, scope, limits) {
  const said = held.said;
  const after = {
    ...said,
    number: said.number + 1,
    narrowed_from: held.hash,
    narrowed_by: person === said.requester ? "" : person,
    scope: { ...said.scope, ...scope },
    limits: { ...said.limits, ...limits },
  };
  const text = utf8.encode(canonical(after));
  const filing = { warrant: said.warrant, number: after.number, hash: hex(await sha256(text)) };
  return ask(person, "narrow", "Filing", filing, text);
}

async function candidate(person, line, sighting) {
  const answer = await ask(person, "candidate", "Candidacy", { warrant: line.warrant, number: line.number, sighting });
  const still = await picture(`/still/${sighting}`, answer.still_key, null, answer.still_digest);
  const photo = await picture(`/photo/${line.warrant}`, answer.photo_key, answer.photo_digest);
  return { still: jpegOf(still), photo };
}
