// What a reader does with a page: copies code that runs as it is, prints what is folded, reports one message of many.
"use strict";

(() => {
  const IMPORTS = [["np", "import numpy as np"], ["mx", "import mlx.core as mx"]];

  /** The statements of a block, without prompts and outputs, each compound one ended as the prompt needs it. */
  function statements(text) {
    if (!/^(>>> |\$ )/m.test(text)) return text.replace(/\n*$/, "\n") + (/^[ \t]/m.test(text) ? "\n" : "");
    let code = "", open = false;
    for (const line of text.split("\n")) {
      const [, prompt, rest] = /^(>>>|\.\.\.|\$) (.*\S.*)$/.exec(line) || [];
      if (!prompt) continue; // an output, or a blank line, with which a prompt would end the statement
      if (open && prompt !== "...") code += "\n";
      open = prompt === "...";
      code += `${rest}\n`;
    }
    return open ? `${code}\n` : code;
  }

  /** What a block needs to run: imports, and before an entry's example its recipe. */
  function pasteable(pre) {
    const code = statements(pre.textContent);
    if (/^\$ /m.test(pre.textContent)) return code;
    const recipe = pre.closest(".side-mlx") && pre.closest("section").querySelector(".side-recipe pre");
    const whole = (recipe ? statements(recipe.textContent) : "") + code;
    const lacking = IMPORTS.filter(([name, line]) => new RegExp(`\\b${name}\\.`).test(whole) && !whole.includes(line));
    return lacking.map(([, line]) => `${line}\n`).join("") + whole;
  }

  let copied = null; // the block whose button was pressed
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".copybtn");
    copied = button && button.parentElement.querySelector("pre");
  }, true);
  document.addEventListener("copy", (event) => {
    if (!copied) return;
    event.clipboardData.setData("text/plain", pasteable(copied));
    event.preventDefault();
    event.stopImmediatePropagation();
    copied = null;
  }, true);

  /** Each error message gets the link of the section that it stands in, for itself: written out, they would be a tenth of the page. */
  document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll("#errors-you-will-meet > section > p.report > a[href*='/issues/new?']")) {
      for (const own of link.closest("section").querySelectorAll(":scope > section")) {
        const address = new URL(link.href), form = address.searchParams;
        form.set("where", [...own.querySelector("h3").childNodes].slice(0, -1).map((part) => part.textContent).join("")); // without its link
        form.set("page", form.get("page").replace(/#[^,]*/, `#${own.id}`));
        const report = document.createElement("p"), one = document.createElement("a");
        report.className = "report";
        one.href = address.href;
        one.textContent = link.textContent;
        report.append(one);
        own.append(report);
      }
    }
  });

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("article details:not([open])")];
    folded.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));
})();
