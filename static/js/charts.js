// uPlot charts of a run: currents with dashes as well as colours, impedance.
// A chart is an image with a label; the figures stand in tables beside it.
const uPlot = window.uPlot;
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const minute = (s) => `${Math.floor(s / 60)}:${String(Math.round(s % 60)).padStart(2, "0")}`;
const STEPS_S = [1, 5, 10, 15, 30, 60, 120, 300, 600, 1200];

const axis = (extra) => ({
  font: "14px system-ui, sans-serif", labelFont: "14px system-ui, sans-serif",
  stroke: style("--muted"), grid: { stroke: "#e6ebed", width: 1 }, ticks: { stroke: "#c9d2d6" }, ...extra,
});

const line = (label, colour, dash, width) => ({
  label, stroke: style(colour), width, dash, spanGaps: false, points: { show: false },
});

function options(width, height, label, series, range) {
  return {
    width, height, legend: { show: false }, cursor: { show: false }, pxAlign: 1,
    scales: { x: { time: false }, y: { range } },
    axes: [
      axis({ values: (_, ticks) => ticks.map(minute), incrs: STEPS_S, label: "Time in the run (min:s)", labelSize: 22, size: 38 }),
      axis({ label, labelSize: 22, size: 52 }),
    ],
    series: [{}, ...series],
  };
}

// A little room above and below, zero always in sight.
const room = (least) => (_, low, high) => {
  const top = Math.max(least, high ?? 0);
  const bottom = Math.min(0, low ?? 0);
  return [bottom < 0 ? bottom * 1.1 : 0, top * 1.1];
};

function mount(box, height, label, series, range) {
  const size = () => Math.max(200, Math.floor(box.clientWidth));
  const plot = new uPlot(options(size(), height, label, series, range), series.map(() => []).concat([[]]), box);
  new ResizeObserver(() => plot.setSize({ width: size(), height })).observe(box);
  return plot;
}

export function currentChart(box, height = 260) {
  return mount(box, height, "mA", [
    line("Allowed", "--allowed", [2, 5], 2),
    line("Set", "--set", [9, 5], 2),
    line("Measured", "--measured", undefined, 2.5),
  ], room(2));
}

export function impedanceChart(box, height = 200) {
  return mount(box, height, "kΩ", [line("Impedance", "--ohm", undefined, 2)], room(2));
}

// Points in order of time; a hole longer than the gap limit breaks the line and
// is kept in `gaps` as [from_ms, to_ms], to be filled from the stored trace.
export class Trace {
  constructor(gapMs = 3000) {
    this.gapMs = gapMs;
    this.points = [];
    this.gaps = [];
  }

  get lastMs() {
    return this.points.at(-1)?.[0] ?? -1;
  }

  add(points) {
    for (const point of points) {
      const last = this.lastMs;
      if (point[0] <= last) continue;
      if (last >= 0 && point[0] - last > this.gapMs) this.gaps.push([last, point[0]]);
      this.points.push(point);
    }
  }

  fill(points) {
    const missed = points.filter(([tMs]) => this.gaps.some(([from, to]) => tMs > from && tMs < to));
    this.gaps = [];
    const all = [...this.points, ...missed].sort((a, b) => a[0] - b[0]);
    this.points = [];
    this.add(all);
    this.gaps = [];
  }

  draw(current, impedance, allowedUa) {
    const rows = this.#rows(allowedUa);
    const column = (index) => rows.map((row) => row[index]);
    const x = column(0);
    current.setData([x, column(1), column(2), column(3)]);
    impedance.setData([x, column(4)]);
  }

  #rows(allowedUa) {
    const rows = [];
    let last = null;
    let side = 1;
    for (const [tMs, setUa, meanUa, ohm] of this.points) {
      if (last !== null && tMs - last > this.gapMs) rows.push([(last + 1) / 1000, null, null, null, null]);
      // What is allowed lies on the side where the current flows; no line joins
      // the two sides when the current reverses.
      const now = Math.sign(setUa ?? 0) || side;
      rows.push([tMs / 1000, now === side ? mA(allowedUa, side) : null, mA(setUa), mA(meanUa), mA(ohm)]);
      side = now;
      last = tMs;
    }
    return rows;
  }
}

const mA = (thousandth, sign = 1) =>
  thousandth === null || thousandth === undefined ? null : (sign * thousandth) / 1000;
