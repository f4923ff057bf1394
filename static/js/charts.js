// Draws the figures of a page when they come into view: plotly's one script file is run only then.
// A figure is plain data, {data, layout}; size, font, colours of the dark page and language are set here.
(() => {
  "use strict";
  const boxes = document.querySelectorAll("[data-chart]");
  if (!boxes.length) return;
  const address = document.currentScript.dataset.plotly;
  const root = document.documentElement;
  const english = root.lang.startsWith("en");
  const words = english
    ? {
        failed: "The chart could not be loaded; its numbers stand in the table below.",
        picture: "Save as PNG",
        zoom: "Zoom",
        whole: "Show all",
        keys: "Arrow keys read the chart point by point; Escape ends it.",
      }
    : {
        failed: "图表未能加载，数字见下表。",
        picture: "存为图片",
        zoom: "放大细看",
        whole: "恢复全图",
        keys: "按方向键逐点读数，Esc 结束。",
      };

  // The colours of the house as figures carry them (light), and the variable that holds the value of the moment.
  const HOUSE = {
    "#1b2128": "--chart-ink",
    "#4f5963": "--chart-ink-2",
    "#c9ced4": "--chart-rule",
    "#8a939c": "--chart-grey",
    "#0f5a66": "--chart-subject",
    "#1d6b3c": "--achieved",
    "#4a6378": "--on-track",
    "#8a5a00": "--watch",
    "#b3261e": "--behind",
    "#7d1a14": "--missed",
    "#6b3fa0": "--unreported",
    "#5a646e": "--dim",
    "#ffffff": "--ground",
  };
  const LOCALE = {
    dictionary: {
      "Double-click to zoom back out": "双击恢复原状",
      "Double-click on legend to isolate one trace": "双击图例只看一项",
    },
    format: {
      days: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
      shortDays: ["日", "一", "二", "三", "四", "五", "六"],
      months: [...Array(12).keys()].map((month) => `${month + 1} 月`),
      shortMonths: [...Array(12).keys()].map((month) => `${month + 1} 月`),
      date: "%Y-%m-%d",
      decimal: ".",
      thousands: ",",
      grouping: [3],
    },
  };
  const CONFIG = {
    displaylogo: false,
    showSendToCloud: false,
    plotlyServerURL: "",
    displayModeBar: false,
    scrollZoom: false,
    responsive: true,
    locale: english ? "en-US" : "zh-CN",
    locales: { "zh-CN": LOCALE },
  };

  // The file alone, into the browser's cache, after everything else; nothing is run.
  function fetchAhead() {
    if (loading) return;
    const link = document.createElement("link");
    link.rel = "prefetch";
    link.as = "script";
    link.href = address;
    document.head.append(link);
  }

  let loading;
  function plotly() {
    loading ??= new Promise((resolve, reject) => {
      // The bundled map library writes an inline style unless an element with this name exists; we draw no maps,
      // and our content policy would refuse the style with an error.
      const noMaps = document.createElement("meta");
      noMaps.id = "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53";
      // Plotly writes its layout rules into the sheet of the element with this name; without it our policy refuses
      // them and charts collapse. One of their own leaves the styles of everything else on the page as they are.
      const rules = document.createElement("meta");
      rules.id = "plotly.js-style-global";
      rules.sheet = new CSSStyleSheet();
      document.adoptedStyleSheets.push(rules.sheet);
      const script = document.createElement("script");
      script.src = address;
      script.onload = () => resolve(window.Plotly);
      script.onerror = reject;
      document.head.append(noMaps, rules, script);
    });
    return loading;
  }

  // Plotly measures its box itself; only colours are exchanged, everything else passes as it is.
  function coloured(value, now) {
    if (typeof value === "string") return now[value.toLowerCase()] ?? value;
    if (Array.isArray(value)) return value.map((part) => coloured(part, now));
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, coloured(part, now)]));
    return value;
  }

  function colours(onPaper) {
    if (onPaper) return {};
    const style = getComputedStyle(root);
    return Object.fromEntries(
      Object.entries(HOUSE).map(([light, name]) => [light, style.getPropertyValue(name).trim()]),
    );
  }

  const shown = new Map();
  let printing = false;

  function figureOf(box, onPaper) {
    const now = colours(onPaper);
    const { data, layout = {} } = coloured(shown.get(box), now);
    const font = {
      family: getComputedStyle(document.body).fontFamily,
      size: 12,
      color: now["#4f5963"] ?? "#4f5963",
    };
    // A drag on a chart must scroll the page on a phone, so charts do not zoom.
    const quiet = { dragmode: false, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
    return [data, { ...quiet, ...layout, font: { ...font, ...layout.font }, autosize: true }, CONFIG];
  }

  async function draw(box) {
    if (shown.has(box)) return;
    shown.set(box, JSON.parse(document.getElementById(box.dataset.source).textContent));
    try {
      const library = await plotly();
      await library.newPlot(box, ...figureOf(box, printing));
      box.dataset.drawn = "";
      if (printing) scaleForPaper(box);
      offerPicture(library, box);
      offerZoom(library, box);
      readByKeys(library, box);
    } catch (problem) {
      for (const button of buttons.get(box)) button.remove();
      const note = document.createElement("p");
      note.className = "quiet";
      note.textContent = words.failed;
      box.replaceChildren(note);
      box.closest("figure").querySelector("details").open = true;
      console.error(problem);
    }
  }

  // Text for plotly, which reads tags: letters escaped, lines broken to the width; a Chinese letter is one em wide.
  function lines(text, width, size) {
    const answer = [];
    let line = "";
    let used = 0;
    for (const part of text.match(/[\u2e80-\uffff]|[^\s\u2e80-\uffff]{1,24}|\s+/g) ?? []) {
      const room = [...part].reduce((sum, letter) => sum + (letter > "\u2e80" ? size : size * 0.56), 0);
      if (line && used + room > width && part.trim()) {
        answer.push(line.trim());
        line = "";
        used = 0;
      }
      line += part;
      used += room;
    }
    answer.push(line.trim());
    return answer.map((each) => each.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;"));
  }

  const textOf = (element) => element?.textContent.replace(/\s+/g, " ").trim() ?? "";

  // A saved picture leaves its page: it carries what it shows, of whom, of when, from where, and whether it is invented.
  function pictureOf(box) {
    const [data, layout, config] = figureOf(box);
    const width = box.clientWidth;
    const heading = textOf(document.querySelector("h1"));
    const title = textOf(box.closest("figure").querySelector(".title"));
    const place = box.closest("article[id], section[id]")?.id;
    const address = location.origin + location.pathname + location.search + (place ? `#${place}` : "");
    const whole = title.includes(heading) ? title : `${heading} · ${title}`;
    const above = lines(whole, width - 24, 15);
    const below = [root.dataset.period, address, textOf(document.querySelector("[data-demo]"))]
      .filter(Boolean)
      .flatMap((text) => lines(text, width - 56, 11));
    const margin = { t: 20, b: 28, ...layout.margin };
    const top = above.length * 20 + 18;
    const bottom = below.length * 15 + 12;
    const origin = {
      name: "origin",
      xref: "paper",
      x: 0,
      xanchor: "left",
      yref: "paper",
      y: 0,
      yanchor: "top",
      yshift: -margin.b,
      align: "left",
      text: below.join("<br>"),
      showarrow: false,
      font: { size: 11 },
    };
    const ink = getComputedStyle(root).getPropertyValue("--chart-ink").trim();
    return {
      size: { width, height: box.clientHeight + top + bottom },
      figure: {
        data,
        layout: {
          ...layout,
          paper_bgcolor: getComputedStyle(root).getPropertyValue("--ground").trim(),
          title: {
            text: above.join("<br>"),
            font: { size: 15, color: ink },
            x: 0,
            xanchor: "left",
            y: 1,
            yanchor: "top",
            pad: { l: margin.l, t: 20 },
          },
          margin: { ...margin, t: margin.t + top, b: margin.b + bottom },
          annotations: [...(layout.annotations ?? []), origin],
        },
        config,
      },
    };
  }

  // Made before the chart is drawn, hidden until then: their place is taken before anybody looks at it.
  const buttons = new Map();
  function makeRoom(box) {
    const made = [words.picture, words.zoom].map((text) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "plain picture";
      button.textContent = text;
      return button;
    });
    buttons.set(box, made);
    box.closest("figure").querySelector("details").before(...made);
  }

  function offerPicture(library, box) {
    const [button] = buttons.get(box);
    button.addEventListener("click", () => {
      const { figure, size } = pictureOf(box);
      library.downloadImage(figure, {
        format: "png",
        scale: 2,
        ...size,
        filename: (document.querySelector("[data-demo]") ? "demo-" : "") + box.dataset.chart,
      });
    });
  }

  // A drag scrolls the page until somebody asks to zoom; then it selects a part, and the same button shows all again.
  function offerZoom(library, box) {
    const axes = Object.keys(box.layout).filter((name) => /^[xy]axis/.test(name));
    const [, button] = buttons.get(box);
    if (!axes.length) {
      button.remove();
      return;
    }
    button.setAttribute("aria-pressed", "false");
    let before;
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", String(on));
      button.textContent = on ? words.whole : words.zoom;
      before ??= Object.fromEntries(
        axes.flatMap((name) => [
          [`${name}.fixedrange`, box.layout[name].fixedrange ?? false],
          [`${name}.range`, [...box._fullLayout[name].range]],
        ]),
      );
      const free = Object.fromEntries(axes.map((name) => [`${name}.fixedrange`, false]));
      library.relayout(box, on ? { dragmode: "zoom", ...free } : { dragmode: false, ...before });
      box.classList.toggle("zooms", on);
    });
  }

  // What hovering shows, for the keyboard and aloud: one point after the other, in the words of the hover itself.
  function readByKeys(library, box) {
    const aloud = document.createElement("p");
    aloud.className = "visually-hidden";
    aloud.setAttribute("aria-live", "polite");
    box.after(aloud);
    box.tabIndex = 0;
    let curve = 0;
    let point = -1;
    const length = (number) => (box.data[number].x ?? box.data[number].y ?? []).length;
    // Plotly answers at most every 50 ms; what it shows is read a little later.
    const show = async () => {
      library.Fx.hover(box, [{ curveNumber: curve, pointNumber: point }]);
      await new Promise((resolve) => { setTimeout(resolve, 70); });
      const said = [...box.querySelectorAll(".hoverlayer .hovertext")].map((each) => each.textContent.trim());
      aloud.textContent = said.join(" ");
      return aloud.textContent !== "";
    };
    const step = async (by) => {
      // Points that say nothing when they are hovered say nothing here either.
      for (let tried = 0; tried < length(curve); tried += 1) {
        point = (point + by + length(curve)) % length(curve);
        if (await show()) return true;
      }
      return false;
    };
    const change = async (by) => {
      for (let tried = 0; tried < box.data.length; tried += 1) {
        curve = (curve + by + box.data.length) % box.data.length;
        point = Math.min(Math.max(point, 0), length(curve) - 1);
        if (length(curve) && ((await show()) || (await step(1)))) return;
      }
    };
    let busy = Promise.resolve();
    box.addEventListener("focus", () => { aloud.textContent = words.keys; });
    box.addEventListener("blur", () => library.Fx.unhover(box));
    box.addEventListener("keydown", (event) => {
      const moves = {
        ArrowRight: async () => (await step(1)) || change(1),
        ArrowLeft: async () => (await step(-1)) || change(1),
        ArrowUp: () => change(-1),
        ArrowDown: () => change(1),
      };
      if (event.key === "Escape") {
        library.Fx.unhover(box);
        aloud.textContent = "";
      } else if (moves[event.key]) {
        event.preventDefault();
        busy = busy.then(moves[event.key]);
      }
    });
  }

  function redraw(onPaper) {
    for (const box of shown.keys()) if ("drawn" in box.dataset) window.Plotly.react(box, ...figureOf(box, onPaper));
  }

  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        seen.unobserve(entry.target);
        draw(entry.target);
      }
    },
    { rootMargin: "300px" },
  );
  boxes.forEach((box) => {
    makeRoom(box);
    seen.observe(box);
  });

  // Who has a mouse is not on a phone's data plan: the file comes when the page was painted and nothing else is to do.
  // Who has none gets it two screens before the first chart, and never without having scrolled.
  const near = new IntersectionObserver(
    (entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      fetchAhead();
    },
    { rootMargin: "200% 0px" },
  );
  const painted = new PerformanceObserver((list, observer) => {
    if (!list.getEntriesByName("first-contentful-paint").length) return;
    observer.disconnect();
    window.requestIdleCallback?.(fetchAhead);
  });
  if (!navigator.connection?.saveData) {
    if (matchMedia("(hover: hover) and (pointer: fine)").matches) painted.observe({ type: "paint", buffered: true });
    else addEventListener("scroll", () => boxes.forEach((box) => near.observe(box)), { once: true, passive: true });
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw(false));
  // A drawing takes the width of the paper only if it says which part of itself is its picture.
  function scaleForPaper(within) {
    for (const drawing of within.querySelectorAll(".main-svg"))
      drawing.setAttribute("viewBox", `0 0 ${drawing.getAttribute("width")} ${drawing.getAttribute("height")}`);
  }

  // What is not drawn yet may miss the paper (print.css leaves its box out): its numbers are printed in any browser.
  const opened = new Set();
  addEventListener("beforeprint", () => {
    printing = true;
    redraw(true);
    scaleForPaper(document);
    for (const box of boxes) {
      const numbers = box.closest("figure").querySelector("details");
      if ("drawn" in box.dataset || numbers.open) continue;
      numbers.open = true;
      opened.add(numbers);
    }
    if (window.Plotly) boxes.forEach(draw);
  });
  addEventListener("afterprint", () => {
    printing = false;
    for (const drawing of document.querySelectorAll("[data-chart] .main-svg")) drawing.removeAttribute("viewBox");
    for (const numbers of opened) numbers.open = false;
    opened.clear();
    redraw(false);
  });
})();
