// Port my script, what is read: Python text goes in; its NumPy names, each with what it is in MLX, come out. Nothing of it is run.
// What is known of names and of their parameters is in port-rows.js, made from what `python -m mapping port` goes by.
"use strict";

(() => {
  const KEYWORDS = new Set("False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(" "));
  const HEADS = new Set("async class def elif else except finally for if try while with".split(" ")); // of statements that hold others
  const [OPEN, CLOSE] = [new Set("([{"), new Set(")]}")];
  const COMPARED = new Set(["<", ">", "<=", ">=", "==", "!="]);
  const SUMS = new Set(["+", "-"]);
  const BINARY = new Set([...COMPARED, ...SUMS, "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"]);
  const UFUNC = "numpy.ufunc.", GENERATOR = "numpy.random.Generator.", IF_NUMPY = "if this is NumPy", WHOLE = 2 ** 24, SMALL = 1e-7, SHOWN = 30, EASIER = 1, HARDER = 2, EITHER = 4, COUNTED = 8, ASKED = 16, HANDED = 32;

  // The text's parts

  const PART = /(?<space>[ \t\f]+|\\\r?\n)|(?<comment>#[^\r\n]*)|(?<newline>\r?\n|\r)|(?<string>(?<prefix>[rbuft]{0,2})(?<quote>"""|'''|"|'))|(?<number>0[xob][\da-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?[\d_]+)?j?)|(?<name>[\p{L}_][\p{L}\p{N}_]*)|(?<sign>\*\*=|\/\/=|>>=|<<=|\.\.\.|[-+*\/%@&|^=!<>:]=|->|\*\*|\/\/|<<|>>|[^])/iuy;

  /** Where a string ends that is opened at a place by some quotes. */
  function closes(text, at, quote) {
    for (; at < text.length; at++) {
      if (text[at] === "\\") at++;
      else if (text.startsWith(quote, at)) return at + quote.length;
      else if (quote.length === 1 && text[at] === "\n") return at;
    }
    return text.length;
  }

  /** The expressions within a formatted string, as places in the text. */
  function* fields(text, at, end) {
    for (; at < end; at++) {
      if (text[at] !== "{" || text[at + 1] === "{") { at += text[at] === "{"; continue; }
      let depth = 0, stop = at + 1;
      for (; stop < end && !(depth === 0 && /[}:]|!(?!=)/.test(text.slice(stop, stop + 2).replace(/^([^!]).*/s, "$1"))); stop++) depth += OPEN.has(text[stop]) - CLOSE.has(text[stop]);
      yield [at + 1, stop];
      at = stop;
    }
  }

  /** Names, numbers, strings and signs with their places; a newline ends a statement, so none stands within brackets. */
  function parts(text, at = 0, end = text.length) {
    const found = [];
    let depth = 0;
    while (at < end) {
      PART.lastIndex = at;
      const groups = PART.exec(text).groups;
      const kind = ["space", "comment", "newline", "string", "number", "name"].find((one) => groups[one] !== undefined) || "sign";
      let stop = PART.lastIndex;
      if (kind === "string") {
        stop = Math.min(closes(text, stop, groups.quote), end);
        found.push({ kind, text: text.slice(at, stop), at, end: stop });
        if (/f/i.test(groups.prefix)) for (const [from, to] of fields(text, at, stop)) found.push({ kind: "sign", text: "{", at: from, end: from }, ...parts(text, from, to), { kind: "sign", text: "}", at: to, end: to });
      } else if (kind !== "space" && kind !== "comment" && !(kind === "newline" && depth)) {
        const part = { kind, text: text.slice(at, stop), at, end: stop };
        depth = Math.max(0, depth + OPEN.has(part.text) - CLOSE.has(part.text));
        found.push(part);
      }
      at = stop;
    }
    return found;
  }

  /** Of a session with prompts, the code; outputs and prompts become blanks, so that places stay. */
  const unprompted = (text) => !/^\s*>>> /.test(text) ? text : text.replace(/^( *(?:>>>|\.\.\.)(?: |$))?(.*)$/gm, (_, prompt, rest) => prompt ? " ".repeat(prompt.length) + rest : " ".repeat(rest.length));

  // What is known

  function prepared(rows) {
    const by = (list) => new Map(list.map(([first, ...rest]) => [first, rest]));
    return {
      ports: rows.ports.flat(), names: by(rows.names), gone: by(rows.gone), forms: rows.forms, dtypes: by(rows.dtypes), objects: by(rows.objects),
      ranges: new Map(rows.ranges.map(([name, kinds, condition]) => [`${name} ${kinds}`, condition])), warnings: by(rows.warnings),
      modules: new Set(rows.modules.flat()), hosted: new Set(rows.hosted.flat()),
      effect: (place) => { const [port, said, condition] = rows.effects[place || 0]; return { port, said, condition }; },
      shape: (place) => rows.shapes[place], sentence: (place) => rows.sentences[place][0],
    };
  }

  /** All that a text shows of NumPy: `uses` and `warnings`, in the order of their places. */
  function told(source, known) {
    const text = unprompted(source);
    const all = parts(text);
    const bound = new Map(); // a name: what of NumPy's it stands for
    const stored = new Map(); // a name: what is stored in it, each as the parts of an expression, or null where that is not plain
    const inImport = new Set();
    const uses = [], warnings = [];
    const is = (place, ...texts) => all[place] !== undefined && texts.includes(all[place].text) && all[place].kind !== "string";
    const named = (place) => all[place]?.kind === "name" && !KEYWORDS.has(all[place].text);
    const ends = (place) => all[place] === undefined || all[place].kind === "newline" || is(place, ";");
    const starts = new Set(); // where statements begin
    const storing = new Set(); // the places where a name is not used, but stored

    function store(name, value, place = -1) {
      stored.set(name, [...(stored.get(name) || []), value]);
      storing.add(place);
    }

    /** Where the bracket is closed that is opened at a place. */
    function closed(place) {
      for (let depth = 0; place < all.length; place++) {
        depth += (all[place].kind !== "string") * (OPEN.has(all[place].text) - CLOSE.has(all[place].text));
        if (depth === 0) return place;
      }
      return all.length - 1;
    }

    /** Pieces between signs that stand in no bracket. */
    function split(from, to, signs) {
      const pieces = [[from, from]];
      for (let place = from; place < to; place++) {
        if (is(place, ...OPEN)) place = Math.min(closed(place), to);
        else if (is(place, ...signs)) { pieces.at(-1)[1] = place; pieces.push([place + 1, to]); }
      }
      pieces.at(-1)[1] = to;
      return pieces.filter(([first, last]) => first < last);
    }
    const spelled = (from, to) => from < to ? text.slice(all[from].at, all[to - 1].end) : "";
    const statement = (place) => { let end = place; while (!ends(end)) end = is(end, ...OPEN) ? closed(end) + 1 : end + 1; return end; };

    for (let place = 0; place < all.length; place = statement(place) + 1) {
      starts.add(place);
      const [head] = split(place, statement(place), [":"]);
      if (HEADS.has(all[place].text)) starts.add(head[1] + 1);
    }

    function member(of, name) {
      const ufunc = known.names.has(of.name) && !known.modules.has(of.name) && known.names.has(UFUNC + name);
      return { ...of, name: ufunc ? UFUNC + name : `${of.name}.${name}`, base: of };
    }

    /** The dotted NumPy name that begins at a place, and where it ends. */
    function dotted(place) {
      let of = named(place) && !is(place - 1, ".") && bound.get(all[place].text);
      if (!of) return null;
      place++;
      while (is(place, ".") && all[place + 1]?.kind === "name") { of = member(of, all[place + 1].text); place += 2; }
      return { of, end: place };
    }

    // Imports, and what else is stored

    function imports(place) {
      const end = statement(place);
      for (let one = place; one < end; one++) inImport.add(one);
      const from = is(place, "from");
      let at = place + 1;
      const name = () => { let found = ""; while (all[at] && (all[at].kind === "name" && !is(at, "import", "as") || is(at, ".", "..."))) found += all[at++].text; return found; };
      const module = from ? name() : "";
      if (from) at++;
      const ours = (one) => one === "numpy" || one.startsWith("numpy.");
      for (; at < end; at++) {
        if (is(at, "*") && ours(module)) whole(place, at + 1, module, "what `*` brings cannot be told from the source");
        const one = name();
        const as = one && is(at, "as") && named(at + 1) ? all[at + 1].text : "";
        if (as) at += 2;
        const meant = from ? `${module}.${one}` : one;
        const short = as || (from ? one : one.split(".")[0]);
        if (one && ours(meant)) bound.set(short, { name: as || from ? meant : "numpy" });
        else if (one) store(short, null);
      }
      return end;
    }

    function targets(place) {
      const end = statement(place);
      const sides = split(place, end, ["="]);
      for (const [from, to] of sides.slice(0, -1)) {
        const plain = to - from === 1 && sides.length === 2;
        for (const [first, last] of split(from, to, [",", ":"])) if (named(first) && last - first === 1) store(all[first].text, plain || is(to - 1, "]") ? sides.at(-1) : null, first);
      }
      if (named(place) && all[place + 1]?.kind === "sign" && /^[^=!<>:]+=$/.test(all[place + 1].text)) store(all[place].text, null, place);
    }

    function others(place) {
      if (is(place, "def", "class", "as", "global", "nonlocal") && named(place + 1)) store(all[place + 1].text, null, place + 1);
      if (is(place, "def", "lambda")) {
        const from = is(place, "def") ? place + 3 : place + 1;
        const to = is(place, "def") ? closed(place + 2) : all.findIndex((_, one) => one > place && is(one, ":"));
        for (const [first] of split(from, Math.max(from, to), [","])) for (const one of [first, first + 1]) if (named(one) && (one === first || is(first, "*", "**"))) store(all[one].text, null, one);
      }
      if (is(place, "for")) for (let one = place + 1; one < all.length && !is(one, "in") && !ends(one); one++) if (named(one)) store(all[one].text, null, one);
      if (named(place) && is(place + 1, ":=")) store(all[place].text, null, place);
    }

    /** A name that stands for a NumPy name, or for an object of NumPy's, and for nothing else. */
    function alias(place) {
      if (!named(place) || !is(place + 1, "=")) return;
      const found = dotted(place + 2), end = statement(place);
      const object = found && is(found.end, "(") && closed(found.end) === end - 1 && known.objects.get(found.of.name);
      if (object) bound.set(all[place].text, { name: object[0], object: true, root: all[place].text });
      else if (found && found.end === end && !found.of.object && (known.names.get(found.of.name) || []).at(-1) !== "plain") {
        const before = bound.get(all[place].text);
        bound.set(all[place].text, { ...found.of, root: all[place].text, mixed: before && before.name !== found.of.name });
      } else return;
      stored.set(all[place].text, (stored.get(all[place].text) || []).slice(1));
    }

    // What is plain of an expression

    const kinds = new Map();
    /** What stores make plain of a name: `array`, `number`, `numbers` (a list of them), `list`, `dict`, `string`, `range`, or nothing. */
    function kind(name) {
      if (!kinds.has(name)) {
        kinds.set(name, "");
        const found = (stored.get(name) || [null]).map((value) => value && kindOf(...value));
        kinds.set(name, found.every((one) => one && one === found[0]) ? found[0] : "");
      }
      return kinds.get(name);
    }

    function kindOf(from, to) {
      const pieces = split(from, to, [...BINARY]);
      const found = pieces.map(([first, last]) => atom(first, last));
      if (found.includes("array")) return "array";
      return found.every((one) => one === "number") ? "number" : found.length === 1 ? found[0] : "";
    }

    function atom(from, to) {
      while (is(from, "-", "+", "~")) from++;
      const one = all[from];
      if (to - from === 1) {
        if (one.kind === "number" || is(from, "True", "False")) return "number";
        if (one.kind === "string") return "string";
        if (is(from, "None")) return "none";
        if (named(from) && !bound.has(one.text)) return kind(one.text);
      }
      if (OPEN.has(one.text) && one.kind === "sign" && closed(from) === to - 1) {
        const inner = split(from + 1, to - 1, [","]).map(([first, last]) => kindOf(first, last));
        const listed = inner.length && inner.every((each) => each === "number" || each === "numbers") ? "numbers" : "list";
        if (one.text === "[") return listed;
        if (one.text === "{") return to - from === 2 || split(from + 1, to - 1, [":"]).length > 1 || is(from + 1, "**") ? "dict" : "";
        return inner.length > 1 || is(to - 2, ",") ? listed : kindOf(from + 1, to - 1);
      }
      const found = dotted(from);
      if (found && found.end === to) return "numpy";
      if (found && is(found.end, "(") && closed(found.end) === to - 1) {
        const gives = (known.names.get(found.of.name) || []).at(-1);
        return { array: "array", arrays: "plain", plain: "plain", object: "plain" }[gives] || "";
      }
      if (is(from, "range") && is(from + 1, "(") && closed(from + 1) === to - 1 && !stored.has("range")) return "range";
      return "";
    }

    /** The number that is written at a place, or that a name stands for. */
    function number(place) {
      if (all[place]?.kind === "number") return Number(all[place].text.replace(/_/g, ""));
      const stores = named(place) && !is(place - 1, ".") && stored.get(all[place].text);
      return stores && stores.length === 1 && stores[0] && stores[0][1] - stores[0][0] === 1 && all[stores[0][0]].kind === "number" ? number(stores[0][0]) : NaN;
    }

    // One use

    const harder = (one, other) => known.ports.indexOf(one) < known.ports.indexOf(other) ? other : one;

    function note(from, head, { name, port, said = [], condition = "", ...more }) {
      uses.push({ at: all[from].at, head: all[head - 1].end, name, port, said, condition, ...more });
    }

    /** A module that is used as a whole. */
    function whole(from, to, name, why, condition = "") {
      note(from, to, { ...(known.names.has(name) ? judged(name, null) : {}), name, port: "unknown", said: [why], condition });
    }

    function argument([from, to]) {
      const keyword = named(from) && is(from + 1, "=") ? all[from].text : "";
      const first = keyword ? from + 2 : from;
      return { keyword, from: first, to, text: spelled(first, to), star: is(from, "*", "**"), kind: first < to ? kindOf(first, to) : "" };
    }

    /** How a call, or a name that is not called, goes: as the sum of what its arguments do. `own`: it is a method of an
   * object, or, not called, a `[` stands behind it. */
    function judged(name, given, base, own = false) {
      const [verdict, mlx, sentence, page, called, referred, subscripted, shape, more] = known.names.get(name);
      const found = { name, verdict, mlx, sentence: known.sentence(sentence), url: `reference/${page}.html#${name}`, said: [], port: "", condition: "", form: "", more: false };
      const add = (place, one = { text: "", keyword: "" }) => {
        const { port, said, condition } = known.effect(place);
        const short = one.text.length < SHOWN ? one.text : "...";
        const filled = (words) => words.replace(/ARGUMENT/g, () => short).replace(/KEYWORD/g, () => one.keyword).replace(/NAME/g, () => name.slice(name.lastIndexOf(".") + 1));
        found.port = harder(found.port || known.ports[0], port);
        for (const words of said.map(filled)) if (!found.said.includes(words)) found.said.push(words);
        found.condition ||= filled(condition);
        return said.length ? port : known.ports[0];
      };
      if (!given) { add(own === "[" ? subscripted : referred); return found; }
      if (own && !name.startsWith(GENERATOR)) { add(called); found.more = true; return found; } // of an old generator: the names of functions
      const letters = given.map((one) => one.kind === "number" && number(one.from) < WHOLE && one.to - one.from === 1 ? /[.e]/i.test(all[one.from].text) ? "f" : "i" : one.kind ? "x" : "?").join("");
      const range = given.every((one) => !one.keyword) ? known.ranges.get(`${name} ${letters}`) : undefined;
      if (range !== undefined) {
        found.port = known.ports[0];
        found.condition = range.replace(/ARGUMENT/g, () => given[0].text);
        return found;
      }
      const method = name.startsWith(UFUNC) ? `np.${base.name.slice("numpy.".length)}.${name.slice(UFUNC.length)}` : `${given.length === 3 ? "three arguments" : "one argument"}`;
      const form = known.forms.find(([of, forms]) => of === name && forms.split(", ").includes(method));
      if (form) [, found.form, found.verdict, found.sentence] = form;
      add(form ? form[4] : called);
      const alone = found.port, effects = [];
      const [places, keywords, defaults, further, other, spread] = known.shape(form ? form[5] : shape);
      if (given.some((one) => one.star)) { add(spread); return found; }
      const column = { list: 2, number: 3, numpy: 4, plain: 4, string: 5, dict: 6, range: 7, array: 8, numbers: 9, none: 10 };
      const asDtype = (one, parameter) => parameter === "dtype" && !form && known.dtypes.get(one.text.replace(/^"(.*)"$/, "'$1'"));
      const does = (one, row, rest) => {
        const lost = row && defaults.find(([parameter, text]) => parameter === row[0] && text === one.text);
        if (!row || lost) return [add(row ? lost[2] : rest, one)];
        const dtype = asDtype(one, row[0]);
        return [add(row[dtype ? column.plain : column[one.kind] || 1], one), ...(dtype ? [add(dtype[0], one)] : [])];
      };
      given.filter((one) => !one.keyword).forEach((one, place) => effects.push(...does(one, places[place] || further)));
      for (const one of given.filter((each) => each.keyword)) effects.push(...does(one, keywords.find(([parameter]) => parameter === one.keyword), other));
      const easier = more & EASIER && !form && effects.every((port) => known.ports.indexOf(port) < known.ports.indexOf(alone));
      found.more = Boolean(easier || more & COUNTED && given[0]?.kind === "number" || more & EITHER || more & HARDER && given.length && known.ports.indexOf(found.port) < known.ports.length - 1);
      return found;
    }

    /** Whether a name stands where a type, a class to build on or an error to catch is asked for. */
    function typed(place) {
      let first = place, colon = false, stored = false;
      while (first > 0 && !starts.has(first)) first--;
      if (is(first, "except", "case", "class")) return true;
      for (let one = place - 1, depth = 0; one >= first; one--) {
        if (is(one, ...CLOSE)) depth++;
        else if (is(one, ...OPEN)) {
          if (depth) { depth--; continue; }
          if (is(one - 1, "isinstance", "issubclass", "raises")) return true;
          colon &&= is(one, "(");
        } else if (!depth && is(one, "->")) return true;
        else if (!depth && is(one, "=")) stored = true;
        else if (!depth && is(one, ":")) colon ||= !stored;
      }
      return colon && (is(first, "def", "async") || !HEADS.has(all[first].text));
    }

    function use(from, of, end) {
      const sure = of.assumed || !of.mixed && !(stored.get(of.root) || []).some((value) => !value || spelled(...value) !== "None");
      const call = is(end, "(");
      const stop = call ? closed(end) + 1 : end;
      const given = call ? split(end + 1, stop - 1, [","]).map(argument) : null;
      const condition = sure ? "" : IF_NUMPY;
      const { name } = of;
      const host = name.split(".").slice(0, 2).join(".");
      if (known.modules.has(name)) whole(from, end, name, call ? "a module is called" : "the module is handed on as a value", condition);
      else if (known.names.has(name)) {
        const own = name.startsWith("numpy.random.") && (of.object || of.base?.object);
        const found = judged(name, given, of.base, call ? own : is(end, "[") && "[");
        const flags = known.names.get(name).at(-2);
        const more = found.more || !call && Boolean(flags & HANDED || flags & ASKED && typed(from));
        note(from, end, { ...found, more, condition: condition || found.condition });
      } else if (known.gone.has(name)) {
        const [said, url, effect, now, more, mlx] = known.gone.get(name);
        const own = now ? judged(now, given, of.base) : { said: [], port: "", sentence: "" };
        const port = harder(known.effect(effect).port, own.port || known.ports[0]);
        const also = [...(own.port === "as it is" || own.port === "host" || !own.sentence ? [] : [own.sentence]), ...own.said];
        note(from, end, { ...own, name, mlx, verdict: "gone", form: "", sentence: said, url, port, said: also, condition: condition || own.condition || "", more: given ? Boolean(own.more && also.length) : Boolean(more && port === "person") });
      } else if (known.hosted.has(host)) note(from, end, { ...judged(host, null), condition });
      else note(from, end, { name, port: "unknown", said: ["this name has no entry"], condition });
      const object = call && known.objects.get(name);
      if (object && is(stop, ".") && named(stop + 1)) use(from, { name: `${object[0]}.${all[stop + 1].text}`, object: true }, stop + 2);
      if (call && name === "numpy.exp" && given.length) underflows(from, given[0]);
      if (call && name === "numpy.arange") fractional(from, given);
    }

    // What no name tells

    const warn = (code, place) => warnings.push({ code, at: all[place].at, words: known.warnings.get(code)[0] });
    const counted = (from, to, counters) => { for (let one = from; one < to; one++) if (all[one].kind === "name" && counters.has(all[one].text)) return true; return false; };

    function underflows(place, { from, to }) {
      if (!is(from, "-")) return;
      let operand = false; // whether a sign at this place is between two values
      for (let one = from + 1; one < to; one++) {
        if (is(one, ...OPEN)) one = closed(one);
        else if (operand && BINARY.has(all[one].text) && !is(one, "*", "/", "**") || is(one, "if", "and", "or")) return;
        operand = !BINARY.has(all[one].text);
      }
      warn("P103", place);
    }

    function fractional(place, given) {
      const step = given.find((one) => one.keyword === "step") || given.filter((one) => !one.keyword)[2];
      if (!step) return;
      const one = step.to - step.from - is(step.from, "-") === 1 ? step.to - 1 : -1;
      const value = number(one);
      const divided = split(step.from, step.to, ["/"]).length > 1 && split(step.from + is(step.from, "-"), step.to, ["+", "-"]).length === 1;
      if (divided || Number.isFinite(value) && !Number.isInteger(value)) warn("P104", place);
    }

    /** The pieces of a subscript that opens at a place, if each is one place that a loop counts. */
    function element(place, counters) {
      const pieces = split(place + 1, closed(place), [","]);
      return pieces.length && pieces.every(([from, to]) => split(from, to, [":"]).length === 1 && !is(from, ":") && !is(to - 1, ":") && counted(from, to, counters)) ? pieces.length : 0;
    }
    const subscripted = (place) => is(place, "[") && (named(place - 1) || is(place - 1, ")", "]") && all[place - 1].kind === "sign");

    function tiny(place) {
      const value = Math.abs(number(place));
      if (!(value > 0 && value < SMALL) || is(place + 1, "(", "[", ".")) return;
      const fits = (sign) => all[sign] && all[sign].kind === "sign" && (COMPARED.has(all[sign].text) || SUMS.has(all[sign].text));
      const free = (sign) => all[sign] === undefined || !BINARY.has(all[sign].text) || fits(sign);
      const plain = (other) => all[other]?.kind === "number" || named(other) && !is(other - 1, ".") && !is(other + 1, "(", "[", ".") && kind(all[other].text) === "number";
      const value_ = (other) => all[other] && (all[other].kind !== "sign" || CLOSE.has(all[other].text)) && !(all[other].kind === "name" && KEYWORDS.has(all[other].text));
      if (fits(place - 1) && value_(place - 2) && free(place + 1) && !plain(place - 2)) warn("P105", place);
      else if (fits(place + 1) && !value_(place - 1) && !BINARY.has(all[place - 1]?.text) && !plain(place + 2)) warn("P105", place);
    }

    function asked(place) {
      const [, types] = split(place + 2, closed(place + 1), [","]);
      if (!types) return;
      const [from, to] = is(types[0], "(") ? [types[0] + 1, types[1] - 1] : types;
      const scalar = /(^|\.)(float|int|floating|integer|number|generic|bool_|float64|int64|float32|int32)$/;
      if (split(from, to, [","]).some(([first, last]) => ["float", "int", "complex"].includes(spelled(first, last)) || dotted(first) && scalar.test(spelled(first, last)))) warn("P106", place);
    }

    function lines() {
      let loops = [];
      for (let place = 0; place < all.length; place++) {
        if (!ends(place) && (place === 0 || all[place - 1].kind === "newline")) {
          const indent = all[place].at - (text.lastIndexOf("\n", all[place].at - 1) + 1);
          loops = loops.filter((loop) => loop.indent < indent);
          const end = statement(place);
          const since = loops.slice(loops.findLastIndex((loop) => loop.word === "def") + 1);
          const counting = since.filter((loop) => loop.word === "for");
          const counters = new Set(counting.flatMap((loop) => loop.counters));
          const [left, right] = split(place, end, ["="]);
          const plain = named(place) && is(place + 1, "[") && kind(all[place].text) === "array";
          if (plain && right && since.length && closed(place + 1) === left[1] - 1 && element(place + 1, counters)) warn("P102", place);
          const behind = plain ? closed(place + 1) + 1 : -1;
          if (plain && is(behind, "[") && all[closed(behind) + 1]?.kind === "sign" && /^[^=!<>:]*=$/.test(all[closed(behind) + 1].text)) warn("P111", place);
          for (let one = place; counting.length > 1 && one < end; one++) if (subscripted(one) && element(one, counters) > 1 && !["list", "numbers", "dict", "number", "string", "range", "plain", "none"].includes(named(one - 1) && !is(one - 2, ".") ? kind(all[one - 1].text) : "")) warn("P101", one - 1);
          const word = all[is(place, "async") ? place + 1 : place].text;
          if (word === "while") small(place, end);
          if (["for", "while", "def"].includes(word)) {
            const until = word === "for" ? split(place + 1, end, ["in"])[0] : [0, 0];
            loops.push({ indent, word, counters: all.slice(...until).filter((one) => one.kind === "name").map((one) => one.text) });
          }
        }
        if (all[place].kind === "number" || named(place)) tiny(place);
        if (is(place, "isinstance") && is(place + 1, "(")) asked(place);
      }
    }

    function small(place, end) {
      for (const [from, to] of split(place + 1, end, ["and", "or", ":"])) {
        const sides = split(from, to, [">", ">="]);
        if (sides.length < 2) continue;
        const [first, last] = sides[1];
        const value = last - first === 1 ? number(first) : NaN;
        if (/eps|tol/i.test(spelled(first, last)) || value > 0 && value < 1e-3) return warn("P108", place);
      }
    }

    for (let place = 0; place < all.length; place++) if (starts.has(place) && is(place, "import", "from")) place = imports(place);
    const assumed = !bound.size && !stored.has("np");
    if (assumed) for (const name of ["np", "numpy"]) bound.set(name, { name: "numpy", assumed });
    for (const [root, of] of bound) of.root = root;
    for (let place = 0; place < all.length; place++) {
      if (inImport.has(place)) continue;
      if (starts.has(place)) targets(place);
      others(place);
      if (starts.has(place)) alias(place);
    }
    const brackets = [];
    for (let place = 0; place < all.length; place++) {
      if (is(place, ...OPEN)) brackets.push(all[place].text);
      else if (is(place, ...CLOSE)) brackets.pop();
      const found = inImport.has(place) || storing.has(place) || is(place + 1, "=") && (is(place - 1, "(", ",") || !brackets.length) ? null : dotted(place);
      if (found) use(place, found.of, found.end);
    }
    if (uses.length || bound.size && !assumed) lines();
    const order = (one, other) => one.at - other.at;
    return { uses: uses.sort(order), warnings: warnings.sort(order), assumed };
  }

  if (typeof module !== "undefined") module.exports = { prepared, told };
  else window.portScript = { prepared, told };
})();
