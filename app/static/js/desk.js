// The desk's plots: figures come as JSON, each plot stands beside a table with the same numbers.

const TONES = { brand: ["--brand", "--brand-dark", "#5b8fd6", "#9dbfea"], ok: ["--ok"], warn: ["--warn"], stop: ["--stop"], wait: ["--wait"] };
const STEEP = 5; // labels beyond this many are turned
const ALL = 24; // and beyond this many some are left out

const place = document.querySelector("[data-plots]");
const style = getComputedStyle(document.documentElement);
const colour = (name) => (name.startsWith("--") ? style.getPropertyValue(name).trim() : name);

const element = (name, properties = {}, children = []) => {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
};

// Kinds of one tone follow each other in shades of it, so that neighbours in a stack can be told apart.
function coloursOf(series) {
  const used = {};
  return series.map(({ tone }) => {
    const shades = TONES[tone] || TONES.wait;
    used[tone] = (used[tone] ?? -1) + 1;
    return colour(shades[used[tone] % shades.length]);
  });
}

function optionsOf(bars) {
  const text = colour("--text");
  return {
    animation: false,
    aria: { enabled: true },
    color: coloursOf(bars.series),
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: text },
    grid: { left: 8, right: 16, top: bars.series.length > 1 ? 56 : 24, bottom: 8, containLabel: true },
    legend: { show: bars.series.length > 1, top: 0, left: 0, type: "scroll", textStyle: { color: text } },
    tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true },
    xAxis: { type: "category", data: bars.labels, axisLabel: labelsOf(bars.labels) },
    yAxis: { type: "value", minInterval: 1, axisLabel: { color: text } },
    series: bars.series.map(({ name, values }) => ({ name, data: values, type: "bar", stack: "all", barMaxWidth: 32 })),
  };
}

function labelsOf(labels) {
  const steep = labels.length > STEEP;
  const room = steep ? 96 : 160;
  const interval = labels.length <= ALL ? 0 : "auto";
  return { rotate: steep ? 45 : 0, interval, width: room, overflow: "truncate", color: colour("--text") };
}

function tableOf(bars) {
  const head = element("tr", {}, [bars.axis, ...bars.series.map((s) => s.name)].map((text, column) =>
    element("th", { scope: "col", textContent: text, className: column ? "number" : "" })));
  const rows = bars.labels.map((label, row) => element("tr", {}, [
    element("th", { scope: "row", textContent: label }),
    ...bars.series.map((s) => element("td", { className: "number", textContent: s.values[row] })),
  ]));
  return element("table", { className: "table" }, [element("thead", {}, [head]), element("tbody", {}, rows)]);
}

function show(bars, counted) {
  const plot = element("div", { className: "plot" });
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", bars.title);
  const scroll = element("div", { className: "table-scroll", tabIndex: 0 }, [tableOf(bars)]);
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", bars.title);
  const table = element("details", {}, [element("summary", { textContent: place.dataset.table }), scroll]);
  const head = element("div", { className: "card-head" }, [
    element("h2", { textContent: bars.title }),
    element("span", { className: "muted figures", textContent: counted }),
  ]);
  const body = bars.total ? [plot, table] : [element("p", { className: "muted plot-empty", textContent: place.dataset.empty })];
  place.append(element("section", { className: "card" }, [head, ...body]));
  if (!bars.total) return;
  const chart = window.echarts.init(plot);
  chart.setOption(optionsOf(bars));
  new ResizeObserver(() => chart.resize()).observe(plot);
}

if (place) {
  try {
    const answer = await fetch(place.dataset.plots, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    const { plots, counted } = await answer.json();
    for (const bars of plots) show(bars, counted);
  } catch {
    place.append(element("p", { className: "muted", textContent: place.dataset.failed }));
  }
}
