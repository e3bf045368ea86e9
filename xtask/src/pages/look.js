// Looks at the page it stands in, and says what a reader would stumble over. Each function gives
// lines: `WHAT<tab>BY HOW MUCH`, so that the same fault at several widths is told once.
globalThis.look = (() => {
  const round = (length) => Math.round(length * 10) / 10;
  const name = (e) => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "")
    + [...e.classList].map((c) => "." + c).join("");
  // Where it is: the section, what draws it, itself.
  const place = (e) => {
    const near = e.closest("figure, table, svg, ul, ol, dl, p, header, nav, footer");
    const part = e.closest("section[id], body > [id]");
    return [...new Set([part, near, e])].filter(Boolean).map(name).join(" ");
  };
  const said = (text) => {
    const plain = text.replace(/\s+/g, " ").trim();
    return "“" + (plain.length > 40 ? plain.slice(0, 39) + "…" : plain) + "”";
  };
  const shown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true,
    contentVisibilityAuto: true });
  const UNREAD = new Set(["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT", "TITLE", "title", "desc",
    "style", "script", "metadata"]);
  const ROWS = /^(contents|inline|ruby|table-row|table-row-group|table-header-group|table-footer-group)$/;

  // Every piece of text that is drawn: its node, its element.
  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const node = walker.currentNode, e = node.parentElement;
      if (!/\S/.test(node.data) || UNREAD.has(e.tagName) || !shown(e)) continue;
      found.push({ node, e });
    }
    return found;
  };

  const EVERYWHERE = { left: -1e9, top: -1e9, right: 1e9, bottom: 1e9 };
  const meet = (a, b) => ({ left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom) });
  const box = (r) => ({ left: r.left, top: r.top, right: r.right, bottom: r.bottom });

  // What holds the text of an element: whether nobody is meant to see it, the boxes that must hold
  // it whole (`within`, one an edge), what cuts it, and what it scrolls in.
  const shells = (known) => {
    const shell = (e) => {
      if (known.has(e)) return known.get(e);
      const outer = e.parentElement ? shell(e.parentElement)
        : { away: false, within: [], cut: EVERYWHERE, scroller: null };
      const style = getComputedStyle(e), rect = e.getBoundingClientRect();
      const svg = e instanceof SVGElement, root = svg && e.tagName === "svg";
      const own = { ...outer };
      if (!svg || root) {
        const clips = style.overflowX !== "visible" || style.overflowY !== "visible";
        const tiny = clips && rect.width <= 1 && rect.height <= 1;
        const free = style.position === "absolute" || style.position === "fixed";
        const aside = free && (rect.right + scrollX <= 0 || rect.bottom + scrollY <= 0);
        own.away = outer.away || tiny || aside || style.clip.startsWith("rect(0") || style.clipPath === "inset(50%)";
        const holds = free ? [] : outer.within;
        const body = e === document.body || e === document.documentElement;
        const scrolls = /auto|scroll/.test(style.overflowX + style.overflowY) && !body;
        if (body || (!root && (ROWS.test(style.display)))) own.within = holds;
        else if (scrolls) own.within = [];
        else own.within = [...holds, { e, rect: box(rect), cuts: clips || (root && style.overflowX !== "visible") }];
        if (scrolls) { own.scroller = e; own.cut = meet(outer.cut, box(rect)); }
      }
      known.set(e, own);
      return own;
    };
    return shell;
  };

  // The ink of a line of text: a font's box is higher than its letters.
  const ink = (rect, e) => {
    const m = e instanceof SVGElement && e.getScreenCTM ? e.getScreenCTM() : null;
    const upright = m && Math.abs(m.b) > Math.abs(m.a);
    if (upright) {
      const w = rect.width;
      return { left: rect.left + w * 0.19, right: rect.right - w * 0.19, top: rect.top, bottom: rect.bottom };
    }
    const h = rect.height;
    return { left: rect.left, right: rect.right, top: rect.top + h * 0.18, bottom: rect.bottom - h * 0.2 };
  };

  const lines = () => {
    const shell = shells(new Map()), range = document.createRange(), found = [];
    for (const { node, e } of texts()) {
      const held = shell(e);
      if (held.away) continue;
      range.selectNodeContents(node);
      for (const rect of range.getClientRects()) {
        if (rect.width > 0.5 && rect.height > 0.5) found.push({ node, e, held, ink: ink(rect, e) });
      }
    }
    return found;
  };

  const overlaps = (drawn) => {
    const CELL = 48, cells = new Map(), found = [], told = new Set();
    drawn.forEach((line, at) => {
      const { left, right, top, bottom } = line.ink;
      for (let x = Math.floor(left / CELL); x <= Math.floor(right / CELL); x++) {
        for (let y = Math.floor(top / CELL); y <= Math.floor(bottom / CELL); y++) {
          const key = x * 65536 + y;
          const here = cells.get(key) ?? cells.set(key, []).get(key);
          for (const other of here) {
            const pair = drawn[other];
            const alike = pair.held.scroller === line.held.scroller;
            let common = meet(pair.ink, line.ink);
            if (!alike) common = meet(common, meet(pair.held.cut, line.held.cut));
            const w = common.right - common.left, h = common.bottom - common.top;
            const pairing = other * 1e6 + at;
            if (w <= 1 || h <= 1 || told.has(pairing)) continue;
            told.add(pairing);
            found.push(place(line.e) + ": " + said(pair.node.data) + " and " + said(line.node.data)
              + " overlap\t" + round(w) + " × " + round(h) + " px");
          }
          here.push(at);
        }
      }
    });
    return found;
  };

  const edges = (drawn) => {
    const wide = document.documentElement.clientWidth, found = [];
    for (const line of drawn) {
      if (!line.held.scroller && (line.ink.left < -0.5 || line.ink.right > wide + 0.5)) {
        found.push(place(line.e) + ": text leaves the page\t" + said(line.node.data) + " by "
          + round(Math.max(-line.ink.left, line.ink.right - wide)) + " px");
        continue;
      }
      for (const { e, rect, cuts } of line.held.within) {
        const over = Math.max(rect.left - line.ink.left, line.ink.right - rect.right,
          rect.top - line.ink.top, line.ink.bottom - rect.bottom);
        if (over <= 1.5) continue;
        found.push(place(line.e) + (cuts ? ": text is clipped by " : ": text sticks out of ")
          + name(e) + "\t" + said(line.node.data) + " by " + round(over) + " px");
        break;
      }
    }
    return found;
  };

  const width = () => {
    const root = document.documentElement, too = root.scrollWidth - root.clientWidth;
    if (too <= 0) return [];
    const contained = (e) => {
      for (let p = e.parentElement; p && p.tagName !== "BODY"; p = p.parentElement) {
        if (getComputedStyle(p).overflowX !== "visible") return true;
      }
      return false;
    };
    const first = [...document.body.querySelectorAll("*")]
      .find((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !contained(e));
    return ["the page is wider than its window, first: " + (first ? place(first) : "not an element")
      + "\t" + too + " px"];
  };

  const layout = () => {
    const drawn = lines();
    return [...width(), ...edges(drawn), ...overlaps(drawn)].join("\n");
  };

  // On paper nothing may be cut in two that is one picture.
  const paper = (height) => {
    const found = [];
    for (const e of document.querySelectorAll("figure, svg[role=img]")) {
      if (!shown(e) || e.parentElement.closest("figure")) continue;
      if (e.getBoundingClientRect().height > height) {
        found.push(place(e) + ": higher than a sheet of paper\t"
          + round(e.getBoundingClientRect().height) + " px");
      }
      let whole = e;
      while (whole && !/avoid/.test(getComputedStyle(whole).breakInside)) whole = whole.parentElement;
      if (!whole) found.push(place(e) + ": a page break may cut it (break-inside: avoid)\t");
    }
    return found.join("\n");
  };

  // Contrast of text in pictures, which axe-core leaves out: its fill against what lies behind it.
  const channels = (color) => {
    const mixed = color.match(/^color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.]+))?\)$/);
    if (mixed) return [...mixed.slice(1, 4).map((v) => v * 255), mixed[4] === undefined ? 1 : Number(mixed[4])];
    const found = color.match(/^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/);
    return found ? [...found.slice(1, 4).map(Number), found[4] === undefined ? 1 : Number(found[4])] : null;
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const luminance = (color) => {
    const [r, g, b] = color.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (e) => {
    let layers = [];
    for (let p = e.closest("svg").parentElement; p; p = p.parentElement) {
      const c = channels(getComputedStyle(p).backgroundColor);
      if (c && c[3] > 0) layers.push(c);
      if (c && c[3] === 1) break;
    }
    const dark = matchMedia("(prefers-color-scheme: dark)").matches
      && getComputedStyle(document.documentElement).colorScheme.includes("dark");
    const canvas = dark ? [18, 18, 18, 1] : [255, 255, 255, 1];
    return layers.reverse().reduce((below, top) => over(top, below), canvas);
  };
  // The filled shape drawn before the text that holds the middle of it, if one does.
  const under = (e) => {
    const r = e.getBoundingClientRect(), x = (r.left + r.right) / 2, y = (r.top + r.bottom) / 2;
    let last = null;
    for (const shape of e.closest("svg").querySelectorAll("rect")) {
      if (!(shape.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING) || !shown(shape)) continue;
      const s = shape.getBoundingClientRect();
      if (s.left > x || s.right < x || s.top > y || s.bottom < y) continue;
      const style = getComputedStyle(shape), fill = channels(style.fill);
      if (fill) last = [...fill.slice(0, 3), fill[3] * style.fillOpacity * style.opacity];
    }
    return last;
  };
  const contrast = () => {
    const found = [];
    for (const { node, e } of texts()) {
      const svg = e.closest("svg");
      if (!svg) continue;
      const style = getComputedStyle(e), fill = channels(style.fill);
      if (!fill) continue;
      // Letters with a seam stand on the seam.
      const seam = style.paintOrder.startsWith("stroke") && parseFloat(style.strokeWidth) >= 2
        ? channels(style.stroke) : null;
      const shape = seam ?? under(e), ground = shape ? over(shape, behind(e)) : behind(e);
      let opacity = style.fillOpacity * 1;
      for (let p = e; p && p !== svg.parentElement; p = p.parentElement) opacity *= getComputedStyle(p).opacity;
      const seen = ratio(over([...fill.slice(0, 3), fill[3] * opacity], ground), ground);
      const size = parseFloat(style.fontSize), bold = style.fontWeight >= 700;
      const wanted = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
      if (seen < wanted) {
        found.push(place(e) + ": contrast below " + wanted + "\t" + said(node.data) + " " + round(seen));
      }
    }
    return found.join("\n");
  };

  // What does not hang on the window: ids, and whatever points somewhere.
  const links = () => {
    const found = [], all = [...document.querySelectorAll("[id]")].map((e) => e.id), ids = new Set(all);
    for (const id of new Set(all.filter((id, at) => all.indexOf(id) !== at))) {
      found.push("two elements are #" + id + "\t");
    }
    for (const pointer of ["for", "aria-controls", "aria-labelledby", "aria-describedby", "aria-details",
      "aria-owns", "popovertarget", "headers", "list", "form"]) {
      for (const e of document.querySelectorAll("[" + pointer + "]")) {
        for (const id of e.getAttribute(pointer).split(/\s+/).filter(Boolean)) {
          if (!ids.has(id)) found.push(place(e) + ": " + pointer + " points at #" + id + ", which is not there\t");
        }
      }
    }
    for (const e of document.querySelectorAll("use, [fill^='url('], [clip-path^='url('], [mask^='url(']")) {
      for (const a of e.getAttributeNames()) {
        const to = e.getAttribute(a).match(/^(?:url\()?["']?#([^"')]+)/);
        if (to && !ids.has(to[1])) found.push(place(e) + ": " + a + " points at #" + to[1] + ", which is not there\t");
      }
    }
    for (const a of document.querySelectorAll("a[href]")) {
      const href = a.getAttribute("href");
      if (href.startsWith("#")) {
        if (href.length > 1 && !ids.has(decodeURIComponent(href.slice(1)))) found.push("no target for " + href + "\t");
      } else if (!/^(https?|mailto):/.test(href)) {
        found.push("link " + href);
      }
    }
    return found.join("\n");
  };

  // The words of the page, without what only a script can serve: buttons, tips, what it reports.
  const words = () => texts().filter(({ e }) => !e.closest("button, output, [role=tooltip], [role=status]"))
    .map(({ node }) => node.data.replace(/\s+/g, " ").trim()).join("\n");

  // Definitions: each opens by its button, inside the window, and closes again.
  const definitions = () => {
    const found = [];
    for (const button of document.querySelectorAll("[popovertarget]")) {
      const note = document.getElementById(button.getAttribute("popovertarget"));
      if (!note || !shown(button)) continue;
      const what = place(button) + ": the definition of " + said(button.textContent);
      if (!note.hasAttribute("popover")) { found.push(what + " is no popover\t"); continue; }
      button.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
      button.focus();
      if (document.activeElement !== button || button.tabIndex < 0) found.push(what + " is out of the keyboard's reach\t");
      button.click();
      if (!note.matches(":popover-open")) { found.push(what + " does not open\t"); continue; }
      const r = note.getBoundingClientRect(), root = document.documentElement;
      if (r.left < -0.5 || r.right > root.clientWidth + 0.5 || r.top < -0.5 || r.bottom > innerHeight + 0.5) {
        found.push(what + " opens outside of the window\t");
      }
      if (note.scrollWidth > note.clientWidth + 1) found.push(what + " is clipped\t");
      if (!/\S/.test(note.innerText)) found.push(what + " is empty\t");
      note.hidePopover();
    }
    scrollTo({ top: 0, behavior: "instant" });
    return found.join("\n");
  };

  const unfold = (open) => {
    for (const e of document.querySelectorAll("details")) e.open = open;
    return "";
  };

  // Everything that axe-core knows; or contrast alone, of what is not in a picture.
  const axe = async (contrastOnly) => {
    const how = { preload: false, reporter: "no-passes", resultTypes: ["violations"] };
    const came = contrastOnly
      ? await globalThis.axe.run({ exclude: [["svg"]] }, { ...how, runOnly: ["color-contrast"] })
      : await globalThis.axe.run(document, how);
    const where = (v) => [...new Set(v.nodes.map((n) => n.target.flat().join(" ")))];
    return came.violations.map((v) => "axe-core: " + v.help + " (" + v.id + ")\t" + v.nodes.length
      + " times, first: " + where(v).slice(0, 3).join(", ")).join("\n");
  };

  return { layout, paper, contrast, links, words, definitions, unfold, axe };
})();
""
