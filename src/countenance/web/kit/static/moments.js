"use strict";
// Moments as every page spells them, to the second: 25 Nov 2026, 14:03:10; in Chinese and Russian as is usual there.
// They are in this machine's zone, which the foot of the page names; `datetime` has them in UTC.

const moments = (() => {
  // Not the browser's English: it has 11/25/2026 for some and Sept for others.
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const language = document.documentElement.lang, english = language === "en";
  const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", hourCycle: "h23" });
  const usual = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
  const day = (at) => (english ? `${at.getDate()} ${MONTHS[at.getMonth()]} ${at.getFullYear()}` : usual.format(at));
  const time = (moment) => clock.format(moment);
  const said = (moment) => `${day(new Date(moment))}${language === "zh" ? " " : ", "}${time(moment)}`;
  const put = (element, moment) => {
    const text = said(moment);
    if (element.textContent !== text) Object.assign(element, { textContent: text, dateTime: new Date(moment).toISOString() });
    return element;
  };
  const offset = () => {
    const minutes = -new Date().getTimezoneOffset(), whole = Math.abs(minutes);
    return `UTC${minutes < 0 ? "−" : "+"}${Math.floor(whole / 60)}${whole % 60 ? `:${String(whole % 60).padStart(2, "0")}` : ""}`;
  };
  const zone = () => {
    const { timeZone } = clock.resolvedOptions();
    return timeZone === "UTC" ? timeZone : `${timeZone} (${offset()})`;
  };
  // Browsers write such a field in their own language, not in the page's: what it means stands above it.
  const fields = () => {
    for (const shown of document.querySelectorAll("time[data-of]")) {
      const moment = new Date(document.getElementById(shown.dataset.of).value).getTime();
      if (Number.isNaN(moment)) shown.textContent = "";
      else put(shown, moment);
    }
  };
  addEventListener("DOMContentLoaded", fields);
  addEventListener("input", fields);
  // Scripts fill fields in as well, of which nobody is told.
  setInterval(fields, 500);
  return { time, said, zone, element: (moment) => put(document.createElement("time"), moment), put };
})();
