"use strict";
// The roster, as the custodian answers it. Needs session.js and operator.js.

function person(one) {
  const state = element("td");
  state.append(element("span", one.revoked ? words.revoked : words.stands, `tag ${one.revoked ? "bad" : "good"}`));
  const name = element("th", visible(one.name));
  name.scope = "row";
  const line = row(
    name, one.organisation, one.roles.map((role) => words[`role_${role}`] ?? role).join(", "),
    one.cameras.length ? one.cameras.join(", ") : words.every, element("td", one.credentials, "number"),
    one.key ? words.file_yes : words.file_no, state, entryCell(one.entry),
  );
  line.dataset.person = one.name;
  if (one.revoked) line.className = "gone";
  return line;
}

addEventListener("DOMContentLoaded", () => trying(null, async () => {
  const { persons } = await act("roster", "Nothing", {});
  persons.sort((one, other) => one.revoked - other.revoked || (one.name < other.name ? -1 : 1));
  document.getElementById("persons").replaceChildren(...persons.map(person));
  say(`${words.shown} ${persons.length}`);
}));
