// Enrolling: a new credential, as a file that its person carries to the custodian's terminal, and what they read out.

const ALGORITHMS = [-7, -8];
const PATIENCE = 180000;

async function enrolled(told, person, name) {
  const enrolment = {
    deployment: told.deployment, made: Date.now(), nonce: hex(crypto.getRandomValues(new Uint8Array(16))), person,
    type: "Enrolment",
  };
  let made;
  try {
    made = await navigator.credentials.create({
      publicKey: {
        challenge: await sha256(utf8.encode(canonical(enrolment))),
        rp: { id: told.rp_id, name },
        user: { id: crypto.getRandomValues(new Uint8Array(16)), name: person, displayName: person },
        pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
        attestation: "direct",
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        timeout: PATIENCE,
      },
    });
  } catch {
    throw new Wrong("untouched");
  }
  const { clientDataJSON, attestationObject } = made.response;
  const file = record("Registration", {
    enrolment, client_data: hex(clientDataJSON), attestation: hex(attestationObject),
  });
  const digits = hex(await sha256(file)).slice(0, 20);
  return { file, fingerprint: digits.match(/..../g).join(" ") };
}
