// Port my script, what is shown: a field for code stands on the page; below it each line, with what its names are in MLX.
// What is pasted stays text, and stays here: nothing of it is sent, kept or run.
"use strict";

(() => {
  const { prepared, told } = window.portScript;
  const root = document.documentElement.dataset.content_root;
  const WORDS = { "as it is": "as it is", rewrite: "by a rewrite", host: "stays with NumPy", unknown: "not understood", person: "by a person" };
  const EXAMPLE = "import numpy as np\n\nx = np.linspace(0, 10, 500)\nrng = np.random.default_rng(0)\ny = np.exp(-x) + rng.normal(0, 0.1, size=500)\nbest = np.argmax(y)\nhalf = np.percentile(y, 50)\nnp.sqrt(y, out=y, where=y > 0)\nprint(x[best], half, np.trapz(y, x))\n";

  /** A piece of the page; text is text, whatever it holds. */
  function made(name, className, ...children) {
    const one = document.createElement(name);
    if (className) one.className = className;
    one.append(...children);
    return one;
  }

  /** A sentence whose code stands between backticks. */
  const sentence = (text) => text.split("`").map((part, i) => i % 2 ? made("code", "", part) : part);
  const spelling = (name) => name.replace(/^numpy\./, "np.").replace(/^np\.random\.Generator\./, "Generator.");

  function noted(use, first) {
    const name = made("code", "", spelling(use.name));
    const head = made("p", "", use.url ? Object.assign(made("a", "", name), { href: root + use.url }) : name, " ");
    if (use.mlx?.length) head.append("→ ", ...use.mlx.flatMap((one, i) => [i ? " or " : "", made("code", "", `mx.${one}`)]), " ");
    if (use.verdict) head.append(made("strong", `verdict verdict-${use.verdict}`, use.form ? `${use.verdict}: ${use.form}` : use.verdict), " ");
    head.append(made("span", `port-way is-${use.port.replace(/ /g, "-")}`, WORDS[use.port], use.condition ? ", " : "", ...sentence(use.condition), use.more ? "; the command knows more" : ""));
    const note = made("li", "", head);
    if (first && use.sentence) note.append(made("p", "port-said", ...sentence(use.sentence)));
    for (const text of use.said) note.append(made("p", "port-said port-here", ...sentence(text[0].toUpperCase() + text.slice(1))));
    Object.assign(note.dataset, { name: use.name, verdict: use.verdict || "", port: use.port });
    return note;
  }

  function warned(warning) {
    const code = Object.assign(made("a", "", made("code", "", warning.code)), { href: `${root}reference/rules.html#warnings` });
    const note = made("li", "port-warning", made("p", "port-said", code, ": ", ...sentence(warning.words)));
    note.dataset.warning = warning.code;
    return note;
  }

  /** A line of code with its uses marked. */
  function marked(text, from, uses) {
    const code = made("code", "port-code");
    let at = 0;
    for (const use of uses) {
      const [first, last] = [Math.max(use.at - from, at), Math.min(use.head - from, text.length)];
      if (last <= first) continue;
      code.append(text.slice(at, first), made("mark", `is-${use.port.replace(/ /g, "-")}`, text.slice(first, last)));
      at = last;
    }
    code.append(text.slice(at));
    return code;
  }

  /** The text line by line, each with what is told of it. */
  function drawn(source, found, known) {
    const met = new Set();
    let at = 0, number = 0;
    return source.replace(/\s+$/, "").split(/\r?\n|\r/).map((text) => {
      const end = at + text.length, here = (one) => one.at >= at && one.at <= end;
      const [uses, warnings] = [found.uses.filter(here), found.warnings.filter(here)];
      const line = made("li", "port-line", marked(text, at, uses));
      const hardest = uses.map((use) => use.port).sort((one, other) => known.ports.indexOf(other) - known.ports.indexOf(one))[0];
      line.value = ++number;
      line.dataset.port = warnings.length ? "person" : hardest || "";
      const notes = uses.map((use) => { const note = noted(use, !met.has(use.name)); met.add(use.name); return note; });
      if (notes.length + warnings.length) line.append(made("ul", "", ...notes, ...warnings.map(warned)));
      at = end + (source.startsWith("\r\n", end) ? 2 : 1);
      return { line, hardest, number };
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const field = Object.assign(made("textarea", "form-control"), { id: "port-text", rows: 10, spellcheck: false, autocomplete: "off" });
    field.setAttribute("autocapitalize", "off");
    field.setAttribute("autocorrect", "off");
    const label = Object.assign(made("label", "", "Your NumPy code"), { htmlFor: field.id });
    const example = Object.assign(made("button", "btn btn-sm btn-outline-primary", "Show an example"), { type: "button" });
    const file = Object.assign(made("input", "form-control form-control-sm"), { type: "file", accept: ".py,text/x-python" });
    file.setAttribute("aria-label", "Read a Python file");
    const choice = made("select", "form-select form-select-sm", new Option("All lines", ""), new Option("Lines that change", "rewrite host unknown person"), new Option("Lines that need a person", "unknown person"));
    choice.setAttribute("aria-label", "Which lines are shown");
    const summary = made("div", "port-summary"), list = made("ol", "port-lines");
    summary.setAttribute("role", "status");
    const form = made("form", "port", label, field, made("div", "port-choice", example, file, choice));
    form.addEventListener("submit", (event) => event.preventDefault());
    document.querySelector("article h1").nextElementSibling.after(form, summary, list);

    let loading;
    const rows = () => loading ||= new Promise((resolve, reject) => {
      const script = made("script");
      script.src = `${root}port-rows.js`;
      script.onload = () => resolve(prepared(window.PORT));
      script.onerror = reject;
      document.head.append(script);
    });

    function choose() {
      const wanted = choice.value.split(" ");
      for (const line of list.children) line.hidden = choice.value !== "" && !wanted.includes(line.dataset.port);
    }

    async function tell() {
      const known = await rows(), source = field.value;
      const found = told(source, known);
      const lines = source.trim() ? drawn(source, found, known) : [];
      list.replaceChildren(...lines.map(({ line }) => line));
      const own = lines.filter(({ hardest }) => hardest);
      const counts = known.ports.map((port) => [WORDS[port], own.filter(({ hardest }) => hardest === port).length]).filter(([, count]) => count);
      const said = own.length ? [made("strong", "", `${own.length} of ${lines.length} lines use a name of NumPy's: `), `${counts.map(([word, count]) => `${count} ${word}`).join(", ")}; ${found.warnings.length} ${found.warnings.length === 1 ? "warning" : "warnings"}.`] : lines.length ? ["No name of NumPy's was found in it."] : [];
      if (found.assumed && own.length) said.push(" It imports no NumPy: ", made("code", "", "np"), " was taken to be it.");
      summary.replaceChildren(...(said.length ? [made("p", "", ...said)] : []));
      choose();
    }

    let waiting;
    field.addEventListener("focus", rows, { once: true });
    field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(tell, 150); });
    choice.addEventListener("input", choose);
    example.addEventListener("click", () => { field.value = EXAMPLE; tell(); });
    file.addEventListener("input", async () => { if (file.files[0]) { field.value = await file.files[0].text(); tell(); } });
    if (field.value) tell(); // what the browser kept when the page was loaded again
  });
})();
