// Charts of a finished run, from the min/max buckets of its sealed trace.
import { Trace, currentChart, impedanceChart } from "./charts.js";
import { clock, kohm, ma } from "./format.js";

function minuteRows(points) {
  const seen = new Set();
  const rows = [];
  for (const [tMs, setUa, meanUa, ohm] of points) {
    const minute = Math.floor(tMs / 60000);
    if (seen.has(minute)) continue;
    seen.add(minute);
    const row = document.createElement("tr");
    row.className = "nhsuk-table__row";
    for (const text of [clock(tMs), ma(setUa), ma(meanUa), kohm(ohm)]) {
      const cell = row.insertCell();
      cell.className = "nhsuk-table__cell";
      cell.textContent = text;
    }
    rows.push(row);
  }
  return rows;
}

async function show(box) {
  const answer = await fetch(box.dataset.record, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { points, allowed_ua: allowedUa, gap_ms: gapMs } = await answer.json();
  const trace = new Trace(gapMs);
  trace.add(points);
  const current = currentChart(box.querySelector('[data-chart="current"]'));
  trace.draw(current, impedanceChart(box.querySelector('[data-chart="ohm"]')), allowedUa);
  box.querySelector("[data-minutes]").replaceChildren(...minuteRows(points));
}

document.querySelectorAll("[data-record]").forEach(show);
// A record that is still being written appears by itself.
if (document.querySelector(".app-empty[role=status]")) setTimeout(() => location.reload(), 1500);
