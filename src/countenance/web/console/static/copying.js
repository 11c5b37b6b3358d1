"use strict";
// Evidence on its way from the custodian to a file. Needs filing.js, and the part `disclosing` of a page.

let disclosing = false;

// One copy: composed, checked by the console against the log's entry, saved. Each copy is an entry. `line`: its warrant's;
// `buttons`: those that wait meanwhile.
async function disclosed(line, sighting, buttons) {
  const bar = the("progress"), told = the("disclosing-told"), began = Date.now();
  const busy = (yes) => {
    disclosing = yes;
    for (const one of document.querySelectorAll(buttons)) one.disabled = yes;
  };
  busy(true);
  the("disclosing").hidden = false;
  bar.hidden = false;
  bar.removeAttribute("value");
  told.textContent = words.composing;
  const ticking = setInterval(() => { bar.title = filled(words.seconds, { n: Math.round((Date.now() - began) / 1000) }); }, 1000);
  try {
    const { warrant, number } = line;
    const done = await act("disclose", "Candidacy", { warrant, number, sighting });
    told.textContent = filled(words.arriving, { size: megabytes(done.bytes) });
    const parts = [], reader = (await fetched(`/evidence/${done.entry}`)).body.getReader();
    bar.max = done.bytes;
    bar.value = 0;
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      parts.push(next.value);
      bar.value += next.value.length;
    }
    saved(new Blob(parts, { type: "application/zip" }), done.file);
    linked(told, filled(words.saved, { file: done.file, entry: count(done.entry) }), done.entry, count(done.entry));
  } catch (error) {
    told.textContent = "";
    throw error;
  } finally {
    clearInterval(ticking);
    bar.hidden = true;
    busy(false);
  }
}

const megabytes = (bytes) => (bytes / 1e6).toLocaleString(language(), { maximumFractionDigits: 1 });

function saved(blob, name) {
  const link = made("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}
