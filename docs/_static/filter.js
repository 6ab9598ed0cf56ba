// Tables of all names: what is written and chosen above them goes in; the rows that fit stay. The address keeps the choice.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  if (!["reference/names", "reference/mlx", "reference/gone"].includes(DOCUMENTATION_OPTIONS.pagename)) return;
  const rows = [...document.querySelectorAll("article tbody tr")].map((row) => {
    const cell = row.cells[0];
    const name = cell.querySelector("[id]")?.id || (cell.querySelector("a")?.hash || "").slice(1);
    const badges = [...row.querySelectorAll(".verdict")].map((badge) => badge.textContent.replace(/:.*/, ""));
    return { row, badges, area: name.slice(0, name.lastIndexOf(".")), text: `${name} ${row.textContent}`.toLowerCase() };
  });
  const sections = [...document.querySelectorAll("article section section")];
  const distinct = (words) => [...new Set(words)].filter(Boolean);

  function choice(name, label, words) {
    const select = Object.assign(document.createElement("select"), { name, className: "form-select" });
    select.setAttribute("aria-label", label);
    select.append(new Option(label, ""), ...words.map((word) => new Option(word, word)));
    return words.length > 1 ? select : "";
  }

  const form = Object.assign(document.createElement("form"), { className: "filter" });
  const text = Object.assign(document.createElement("input"), { name: "text", type: "search", className: "form-control", placeholder: "Filter the rows" });
  text.setAttribute("aria-label", "Filter the rows");
  const count = document.createElement("output");
  const kinds = distinct(rows.flatMap((row) => row.badges));
  const verdicts = kinds.filter((kind) => kind !== "silent" && kind !== "corner");
  form.append(text, choice("verdict", "Any verdict", verdicts), choice("silence", "Silent or not", kinds.filter((kind) => !verdicts.includes(kind))));
  form.append(choice("area", "Any area", distinct(rows.map((row) => row.area)).sort()), count);
  const bar = document.querySelector("article .letters");
  if (bar) bar.append(form);
  else document.querySelector("article h1").nextElementSibling.after(form);

  /** Few rows of many letters stand as one table: without the letters' heads, and the bar has the letters that are there. */
  function join(few) {
    document.querySelector("article").classList.toggle("few", few);
    const [first] = sections.filter((section) => !section.hidden);
    for (const section of sections) section.classList.toggle("first", section === first);
    for (const link of bar.querySelectorAll("a")) link.hidden = document.getElementById(link.hash.slice(1))?.closest("section").hidden;
  }

  function apply() {
    const chosen = Object.fromEntries(new FormData(form));
    const words = (chosen.text || "").toLowerCase().split(/\s+/).map((word) => word.replace(/^np\./, "numpy."));
    let shown = 0;
    for (const { row, badges, area, text: all } of rows) {
      const fits = words.every((word) => all.includes(word)) && (!chosen.area || chosen.area === area)
        && [chosen.verdict, chosen.silence].every((one) => !one || badges.includes(one) || one === "silent" && badges.includes("corner"));
      row.hidden = !fits;
      shown += fits;
    }
    sections.forEach((section) => { section.hidden = !section.querySelector("tbody tr:not([hidden])"); });
    if (bar) join(Object.values(chosen).some(Boolean));
    count.textContent = `${shown} of ${rows.length}`;
    return new URLSearchParams(Object.entries(chosen).filter(([, value]) => value));
  }

  for (const [name, value] of new URLSearchParams(location.search)) if (form.elements[name]) form.elements[name].value = value;
  apply();
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => history.replaceState(null, "", `?${apply()}`));
});
