// What a reader does with a page: copies code that runs as it is, prints what is folded.
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

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("article details:not([open])")];
    folded.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));
})();
