// What a pointer and a keyboard add to a page that is whole without them.
(() => {
const doc = document, { floor, max, min } = Math;
const all = (root, what) => [...root.querySelectorAll(what)];
const on = (e, names, act) => names.split(" ").forEach((name) => e.addEventListener(name, act));
const make = (name, text, cls = "") => {
  const e = doc.createElement(name);
  e.textContent = text;
  e.className = cls;
  return e;
};

// Figures as the page prints them.
const count = (n) => n.toLocaleString("en");
const tenth = (tenths) => count(floor(tenths / 10)) + "." + tenths % 10;
const share = (part, of) => {
  const tenths = floor((part * 2000 + of) / (of * 2));
  return (part === 0 ? "0" : part === of ? "100" : tenths === 0 ? "<0.1"
    : tenths === 1000 ? ">99.9" : tenth(tenths)) + "\u202f%";
};
const seconds = (v) => v === null ? "no samples"
  : (v < .01 ? "0" : v < .1 ? "<0.1" : v < 9.95 ? tenth(floor(v * 10 + .5))
    : count(floor(v + .5))) + "\u202fs";
const clock = (s) => {
  const two = (n) => String(n).padStart(2, "0"), m = floor(s / 60);
  return (m < 60 || s === 3600 ? "" : floor(m / 60) + ":") + two(s === 3600 ? 60 : m % 60) + ":" + two(s % 60);
};

// One box for what is pointed at, and one voice for what the keyboard reaches.
const tip = make("div", "", "tip"), voice = make("p", "", "unseen");
tip.role = "tooltip";
tip.hidden = true;
voice.role = "status";
doc.body.append(tip, voice);
let marked = null;
const hide = () => {
  tip.hidden = true;
  marked?.classList.remove("at");
  marked = null;
  all(doc, ".cross").forEach((line) => line.remove());
};
const show = (lines, { x, y }, aloud) => {
  tip.replaceChildren(...lines.map((line, i) => make(i ? "div" : "b", line)));
  tip.hidden = false;
  const { offsetWidth: width, offsetHeight: height } = tip;
  const { clientWidth: right, clientHeight: bottom } = doc.documentElement;
  tip.style.left = max(4, min(x + 14, right - width - 4)) + "px";
  tip.style.top = max(4, y + 18 + height > bottom ? y - height - 12 : y + 18) + "px";
  if (aloud) voice.textContent = lines.join(", ");
};

for (const main of all(doc, "main")) {
  const block = main.querySelector('script[type="application/json"]');
  const data = block && JSON.parse(block.textContent);
  const cells = new Map(data?.cells.map((row) => [row[0] + "/" + row[1],
    Object.fromEntries(data.columns.map((name, i) => [name, row[i]]))]));
  const place = (e, what) => e.closest("[data-" + what + "]")?.dataset[what];
  const met = " of attempts answered 429";
  const title = (s, t) => data.strategies[s] + " · " + data.tiers[t].title;

  // A strategy on a tier.
  const words = (e) => {
    const cell = cells.get(place(e, "s") + "/" + place(e, "t"));
    if (!cell) return null;
    const { sent, offered, failed } = cell;
    return [
      title(cell.strategy, cell.tier),
      ...offered ? [share(cell.in_time, offered) + " of jobs in time", (sent / offered).toFixed(2) + " attempts per job"] : [],
      sent ? share(cell.status_429, sent) + met : "none sent",
      ...failed ? [share(failed, sent) + " failed"] : [],
      "wait p95: " + seconds(cell.wait_p95_s),
    ];
  };
  const mark = (e, at, aloud) => {
    hide();
    const lines = words(e);
    if (!lines) return;
    marked = e;
    e.classList.add("at");
    show(lines, at, aloud);
  };

  // A moment, on every chart over time at once.
  const span = (svg) => svg.dataset.span.split(" ").map(Number);
  const lineOf = (svg) => data?.lines.find((line) => line.of === place(svg, "over") && (line.m === undefined
    ? line.s === +place(svg, "s") && line.t === +place(svg, "t")
    : data.models[line.m] === place(svg, "m")));
  const told = (svg, s) => {
    const line = lineOf(svg), over = place(svg, "over"), own = place(svg, "s"), refused = over === "429";
    const lines = own ? [title(own, place(svg, "t"))] : [];
    if (!line) return [...lines, clock(floor(s)), ...(refused ? ["no 429"] : [])];
    const { step_s, sent, due, p50_ms } = line, i = floor(s / step_s), high = line.high?.[i];
    const said = refused ? (v) => share(v, 1000) : count;
    const took = (ms) => ms == null ? "too few answers" : seconds(ms / 1000);
    lines.push(clock(i * step_s) + "–" + clock((i + 1) * step_s));
    if (due) {
      const all = due[i] ?? 0, answered = line.answered?.[i] ?? all, good = line.in_time?.[i] ?? answered;
      lines.push(count(+(all / step_s / data.run.seeds).toPrecision(3)) + " jobs a second due");
      if (all) lines.push(share(good, all) + " in time");
      if (answered > good) lines.push(share(answered - good, all) + " too late");
    } else if (p50_ms) lines.push("p50: " + took(p50_ms[i]), "p95: " + took(line.p95_ms[i]));
    else lines.push(!refused ? count(line.per_minute[i] ?? 0) + " " + over + " a minute"
      : sent[i] ? share(line.status_429[i], sent[i]) + met : "no attempt sent");
    if (high != null) lines.push(`${said(line.low[i])} to ${said(high)} in steps of ${line.parts_s}\u202fs`);
    return lines;
  };
  const cross = (svg, s, at) => {
    const aloud = !at;
    hide();
    for (const one of all(main, "svg[data-span]")) {
      const [left, right, y1, y2, end] = span(one), x = left + (right - left) * s / end;
      if (s >= end) continue;
      const line = doc.createElementNS(one.namespaceURI, "line");
      for (const [name, value] of Object.entries({ x1: x, x2: x, y1, y2, class: "cross" })) line.setAttribute(name, value);
      one.append(line);
      if (one === svg) at ??= new DOMPoint(x, y1).matrixTransform(svg.getScreenCTM());
    }
    show(told(svg, s), at, aloud);
  };
  const point = (event) => {
    const { target: e, x, y } = event, svg = e.closest("svg.ch");
    if (svg?.dataset.span) {
      const [left, right, , , end] = span(svg);
      const part = (new DOMPoint(x, y).matrixTransform(svg.getScreenCTM().inverse()).x - left) / (right - left);
      return part < 0 || part >= 1 ? hide() : cross(svg, part * end, event);
    }
    const near = (g) => {
      const r = g.getBoundingClientRect();
      return x > r.left - 6 && x < r.right + 6 && y > r.top - 8 && y < r.bottom + 8;
    };
    const cell = svg ? all(svg, "[data-t]").find(near) : e.closest(".matrix td[data-t]");
    cell ? mark(cell, event) : hide();
  };
  on(main, "pointermove pointerdown", point);
  on(main, "pointerleave focusout", hide);

  // One strategy everywhere.
  let lit = null;
  const light = (s) => {
    lit = s === lit ? null : s;
    main.classList.toggle("lit", lit !== null);
    for (const e of all(main, "[data-s]")) e.classList.toggle("on", e.dataset.s === lit);
    for (const e of all(main, ".chips a")) [e.role, e.ariaPressed] = ["button", place(e, "s") === lit];
  };
  light(lit);
  on(main, "click", (event) => {
    const e = event.target, chip = e.closest(".chips a"), s = place(e, "s");
    if (!s || !chip && (e.closest("a, button, summary") || getSelection() + "")) return;
    if (chip) event.preventDefault();
    light(s);
  });

  // The same by keyboard: arrows move, Enter holds on to a strategy, Escape lets go.
  const targets = (e) => all(e, "[data-t]").filter(words);
  for (const e of all(main, ".matrix, svg.ch")) if (e.dataset.span || targets(e).length > 1) e.tabIndex = 0;
  on(main, "keydown", (event) => {
    const { key, target: e } = event, chart = e.dataset.span;
    const side = { ArrowRight: 1, ArrowLeft: -1 }[key], up = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (key === " " && e.matches(".chips a")) e.click();
    else if (!e.matches(".matrix, svg.ch")) return;
    else if (chart && side) {
      const end = span(e)[4], step = lineOf(e)?.step_s ?? end / 60;
      e.at = max(step / 2, min((e.at ?? -step / 2) + side * step, end - step / 2));
      cross(e, e.at);
    } else if (!chart && (side || up)) {
      const list = targets(e).filter((t) => side || !e.at || place(t, "t") === place(e.at, "t"));
      e.at = list[max(0, list.indexOf(e.at) + (side ?? up))] ?? e.at;
      const { left: x, bottom } = e.at.getBoundingClientRect();
      mark(e.at, { x, y: bottom - 12 }, true);
    } else if (key === "Enter" && marked) light(place(marked, "s"));
    else return;
    event.preventDefault();
  });
  on(doc, "keydown", ({ key }) => {
    if (key === "Escape") hide(), lit && light(lit);
  });

  // Tables for other documents.
  const said = (cell) => cell.innerText.trim().replace(/[\s,]*[\n\t][\s,]*/g, ", ").replace(/\|/g, "\\|");
  const markdown = (table) => {
    const rows = all(table, "tr").map((row) =>
      [...row.cells].filter((cell) => cell.checkVisibility()).flatMap((cell) => [said(cell), ...Array(cell.colSpan - 1).fill("")]));
    const last = [...table.rows].pop().cells, places = [...Array(max(...rows.map((row) => row.length))).keys()];
    const line = (row) => "| " + places.map((i) => row[i] ?? "").join(" | ") + " |";
    const rule = places.map((i) => last[i]?.matches(".n, .matrix td") ? "---:" : "---");
    return [table.tHead ? rows.shift() : [], rule, ...rows].map(line).join("\n") + "\n";
  };
  for (const table of all(main, "table")) {
    const name = "Copy as Markdown", button = make("button", name, "copy");
    const say = (text) => { voice.textContent = button.textContent = text; };
    on(button, "click", () => {
      const copied = navigator.clipboard?.writeText(markdown(table)) ?? Promise.reject();
      copied.then(() => say("Copied"), () => say("Not allowed to copy"));
      setTimeout(() => { button.textContent = name; }, 3000);
    });
    (table.closest(".scroll") ?? table).after(button);
  }
}
})();
