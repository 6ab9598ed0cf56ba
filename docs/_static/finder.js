// The finder: what is typed goes in; rows that answer it, the best first, come out under every search field.
// Its rows are in finder-rows.js, which is loaded when somebody first looks for something.
"use strict";

(() => {
  const MOST = 12; // rows shown
  const MESSAGE = /'([\w.]+)'(?: object)? has no attribute '(\w+)'/;
  const HINT = "Find a name, an error, a word";
  const last = (name) => name.slice(name.lastIndexOf(".") + 1);
  const fold = (text) => text.toLowerCase();
  const words = (text) => fold(text).match(/[\w.]*\w/g) || [];
  // `x @ y`, `a @ b` and `@` are written alike: names go, and what stands between brackets
  const shape = (text) => text.replace(/\[.*\]/, "[]").replace(/[\w.]+/g, "").replace(/\s+/g, "");

  /** Rows with the keys by which they are found, made once. */
  function prepared({ names, gone, mlx, places }) {
    const entry = ([name, title, counterparts, counterpart, badges, sentence, page]) => ({
      name, title, counterpart, badges, sentence, mlx: counterparts, depth: name.split(".").length,
      url: `reference/${page}.html#${name}`, shape: /\W/.test(title.replace(/\./g, "")) ? shape(title) : "",
    });
    const lost = ([name, removed, sentence, now]) => ({
      name, title: name.replace(/^numpy\./, "np."), counterpart: `gone since NumPy ${removed}`, sentence, mlx: [], now,
      depth: name.split(".").length, url: `reference/gone.html#${name}`,
    });
    const own = ([name, title]) => ({
      name, title, counterpart: "MLX's own", sentence: "No NumPy name leads here.", mlx: [title], depth: 3, url: `reference/mlx.html#${name}`,
    });
    const place = ([title, url, page, sentence, index]) => ({ title, url, counterpart: page, sentence, words: index.map(fold) });
    const rows = [...names.map(entry), ...gone.map(lost), ...mlx.map(own), ...places.map(place)];
    for (const row of rows) {
      row.folded = fold(row.name || row.title);
      row.last = last(row.folded);
      row.text = ` ${fold([row.name || row.counterpart, row.title, ...(row.words || []), row.sentence].join(" "))}`.replace(/[^\w.]+/g, " ");
    }
    return Object.assign(rows, { known: new Set(rows.filter((row) => row.name).map((row) => row.folded)) });
  }

  /** The dotted names that a text may stand for, the likeliest first. */
  function named(typed, known) {
    const message = MESSAGE.exec(typed);
    if (message) return [`numpy${/array$/.test(message[1]) ? ".ndarray" : ""}.${message[2]}`, message[2]];
    const text = typed.replace(/\(.*/, "").replace(/^np\./, "numpy.").replace(/^mlx\.core\./, "mx.");
    if (!/^[\w.]+$/.test(text)) return [];
    if (/^mx\./.test(text)) return [text];
    const at = text.lastIndexOf(".");
    const rest = at < 0 ? [] : [`numpy.${text}`, `numpy.ndarray.${last(text)}`, ...(known.has(fold(text.slice(0, at))) ? [`numpy.ufunc.${last(text)}`] : [])];
    return [text, ...rest];
  }

  /** Whether two words are one slip apart: a letter too many, too few, another, or two turned round. */
  function near(a, b) {
    if (Math.abs(a.length - b.length) > 1) return false;
    let i = 0, j = 0;
    while (i < a.length && a[i] === b[i]) i++;
    while (j < Math.min(a.length, b.length) - i && a[a.length - 1 - j] === b[b.length - 1 - j]) j++;
    const left = a.slice(i, a.length - j), right = b.slice(i, b.length - j);
    return left.length <= 1 && right.length <= 1 || left.length === 2 && left[0] === right[1] && left[1] === right[0];
  }

  /** How well a row answers: the more the better, 0 for not at all. */
  function score(row, asked) {
    const { names, text, wanted, form, terms } = asked;
    if (row.name) {
      const place = names.findIndex((name) => name === row.name);
      if (place >= 0) return 1000 - place;
      const folded = names.findIndex((name) => fold(name) === row.folded);
      if (folded >= 0) return 990 - folded - (row.now ? 5 : 0);
      if (row.mlx.some((name) => names.some((one) => fold(one) === fold(name)))) return 970 - row.depth;
      if (form && row.shape === form) return 960;
      if (names.length === 1 && wanted === row.last) return 950 - row.depth;
    }
    if (row.words && row.words.includes(text)) return 930;
    if (row.name && wanted) {
      if (row.last.startsWith(wanted)) return 800 - row.last.length + wanted.length - row.depth - (row.now ? 20 : 0);
      if (row.mlx.some((name) => fold(name).startsWith(fold(names[0])))) return 760 - row.depth;
    }
    if (row.words && text.length > 2 && row.words.some((word) => word.startsWith(text))) return 740;
    if (row.words && text.length > 4 && row.words.some((word) => word.includes(text))) return 720;
    if (row.name && wanted.length > 1 && row.folded.includes(wanted)) return 700 - row.depth - row.folded.length / 100;
    if (row.name && wanted.length > 3 && near(wanted, row.last)) return 600 - row.depth;
    if (terms.length > 1 || !row.name) {
      const met = terms.filter((term) => row.text.includes(` ${term}`));
      if (met.length === terms.length && terms.length) return 500 + (row.name && terms.includes(row.last) ? 50 : 0) - row.text.length / 100;
      if (terms.length > 3 && met.length > terms.length / 2) return 100 * met.length / terms.length;
    }
    return 0;
  }

  /** The rows that answer what was typed, the best first; where that is a name that is gone, what replaced it follows. */
  function find(rows, typed) {
    const clean = typed.trim().replace(/^>>> /, "").replace(/^`|`$/g, "").trim();
    if (!clean) return [];
    const names = named(clean, rows.known);
    const text = fold(clean);
    const form = /[^\w.\s(),'"]/.test(clean) ? shape(clean) : "";
    const asked = { names, text, wanted: names.length ? last(fold(names[0])) : "", form, terms: words(clean.replace(/'/g, "")) };
    const scored = rows.map((row, place) => [score(row, asked), place, row]).filter(([points]) => points > 0);
    const best = scored.sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, MOST).map(([, , row]) => row);
    const whole = best.flatMap((row, place) => [row, ...(place ? [] : row.now || []).map((name) => rows.find((one) => one.name === name))]);
    return [...new Set(whole)].slice(0, MOST);
  }

  /** What full text is searched for: the name within a message, a name without its module. */
  const plain = (typed) => {
    const message = MESSAGE.exec(typed);
    return message ? message[2] : typed.trim().replace(/\b(?:np|numpy|mx|mlx\.core)\.(?=\w)/g, "").replace(/\(.*\)$/, "");
  };

  if (typeof module !== "undefined") module.exports = { prepared, find, plain };
  if (typeof document === "undefined") return;

  const root = document.documentElement.dataset.content_root;
  let loading;

  /** The rows, once their script is there. */
  const rows = () => loading ||= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${root}finder-rows.js`;
    script.onload = () => resolve(prepared(window.FINDER));
    script.onerror = reject;
    document.head.append(script);
  });

  function element(name, className, ...children) {
    const made = document.createElement(name);
    made.className = className;
    made.append(...children);
    return made;
  }

  /** A sentence whose code stands between backticks. */
  const sentence = (text) => element("span", "finder-sentence", ...text.split("`").map((part, i) => i % 2 ? element("code", "", part) : part));

  function drawn(row) {
    const head = [element(row.name ? "code" : "strong", "finder-title", row.title)];
    if (row.counterpart) head.push(element("span", "finder-counterpart", row.mlx ? row.mlx.length ? `→ ${row.counterpart}` : row.counterpart : `in ${row.counterpart}`));
    for (const badge of row.badges || []) head.push(element("strong", `verdict verdict-${badge.replace(/:.*/, "")}`, badge));
    const link = element("a", "finder-row", ...head, sentence(row.sentence));
    link.href = root + row.url;
    return link;
  }

  /** Rows under a search field while one types: arrows choose, Enter goes there, Esc closes. */
  function attach(form, number) {
    const input = form.querySelector("input[type=search]");
    const list = element("div", "finder");
    let chosen = -1;
    list.id = `finder-${number}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Answers");
    list.hidden = true;
    form.after(list);
    const said = { role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false", "aria-label": HINT };
    for (const [name, value] of Object.entries(said)) input.setAttribute(name, value);
    input.placeholder = HINT;

    function choose(place) {
      chosen = place;
      [...list.children].forEach((row, i) => row.setAttribute("aria-selected", i === place));
      const row = list.children[place];
      input.setAttribute("aria-activedescendant", row ? row.id : "");
      return row;
    }

    function show(found) {
      const all = element("a", "finder-row finder-all", `Search the text of all pages for “${plain(input.value)}”`);
      all.href = `${root}search.html?q=${encodeURIComponent(input.value)}`;
      const links = found.map(drawn).concat(input.value.trim() ? all : []);
      links.forEach((link, i) => { link.id = `${list.id}-${i}`; link.setAttribute("role", "option"); });
      list.replaceChildren(...links);
      if (chosen > 0) list.scrollTop = 0; // else it stands there, and asking would lay the page out
      list.hidden = !links.length;
      input.setAttribute("aria-expanded", !list.hidden);
      choose(links.length ? 0 : -1);
    }

    let answered = ""; // what the rows that are shown answer
    const refresh = () => rows().then((all) => {
      if (answered !== input.value) show(find(all, input.value));
      answered = input.value;
    });
    input.addEventListener("focus", rows, { once: true });
    input.addEventListener("input", refresh);
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && list.children.length) {
        event.preventDefault();
        choose((chosen + step + list.children.length) % list.children.length).scrollIntoView({ block: "nearest" });
      } else if (event.key === "Escape" && !form.closest("dialog") && !list.hidden) {
        event.preventDefault();
        input.value = "";
        show([]);
      }
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      refresh().then(() => list.children[chosen]?.click(), () => form.submit());
    });
    list.addEventListener("click", () => form.closest("dialog")?.close());
    return refresh;
  }

  /** Full text is searched for a name without its module, and a page's top is no hit where one of its sections is. */
  function tidySearch() {
    const { query, _performSearch: hits } = Search;
    Search.query = (typed) => query(plain(typed));
    Search._performSearch = (...terms) => {
      const found = new Map(hits(...terms).map((hit) => [hit[0] + hit[2], hit]));
      const within = new Set([...found.values()].filter((hit) => hit[2]).map((hit) => hit[0]));
      return [...found.values()].filter((hit) => hit[2] || !within.has(hit[0]));
    };
  }

  document.addEventListener("DOMContentLoaded", () => {
    const dialog = document.querySelector("#pst-search-dialog form.bd-search");
    const heading = DOCUMENTATION_OPTIONS.pagename === "index" && document.querySelector("article h1");
    if (dialog && heading) heading.nextElementSibling.after(dialog.cloneNode(true));
    const fields = [...document.querySelectorAll("form.bd-search")].map(attach);
    tidySearch();
    if (DOCUMENTATION_OPTIONS.pagename === "search") window.addEventListener("load", fields.at(-1));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(input|textarea|select)$/i.test(event.target.tagName)) return;
      event.preventDefault();
      document.querySelector(".search-button__button").click();
    });
  });
})();
