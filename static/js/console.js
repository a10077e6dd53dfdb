// The live console: charts, controls, alarms, and the reload when the state
// of the run asks for another page.
import { outcome, say, send } from "./act.js";
import { Trace, currentChart, impedanceChart } from "./charts.js";
import { clock, kohm, ma } from "./format.js";
import { isQuestion, onTick } from "./live/figures.js";

const box = document.getElementById("console");
const runId = box.dataset.liveRun;
const trace = new Trace();
const current = currentChart(document.getElementById("chart-current"));
const impedance = impedanceChart(document.getElementById("chart-ohm"));
const minutes = document.getElementById("minutes");
const adjust = box.querySelector('[data-act="adjust"]');
// A chunk of samples is stored each 5 s.
const STORED_MS = 7000;
let redraw = false;
let minuteShown = -1;
let allowedUa = null;
let refilling = null;

function row(cells) {
  const line = document.createElement("tr");
  line.className = "nhsuk-table__row";
  for (const text of cells) {
    const cell = document.createElement("td");
    cell.className = "nhsuk-table__cell";
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}

function addPoints(points) {
  trace.add(points);
  for (const [tMs, setUa, meanUa, ohm] of points) {
    const minute = Math.floor(tMs / 60000);
    if (minute <= minuteShown) continue;
    minuteShown = minute;
    minutes.append(row([clock(tMs), ma(setUa), ma(meanUa), kohm(ohm)]));
  }
  redraw = true;
  if (trace.gaps.length && !refilling) refilling = setTimeout(refill, STORED_MS);
}

async function stored() {
  const answer = await fetch(box.dataset.trace, { headers: { Accept: "application/json" } });
  const whole = answer.ok ? await answer.json() : { points: [], allowed_ua: null };
  allowedUa = whole.allowed_ua;
  return whole.points;
}

// What the stream lost stands in the stored trace some seconds later.
async function refill() {
  trace.fill(await stored().catch(() => []));
  refilling = null;
  redraw = true;
}

function draw() {
  if (redraw && document.visibilityState === "visible") {
    trace.draw(current, impedance, allowedUa);
    redraw = false;
  }
}

const SYMBOLS = { high: "!!!", medium: "!!", low: "!" };
let alarmsShown = document.getElementById("alarms").children.length ? null : "[]";

function showAlarms(alarms) {
  const wanted = JSON.stringify(alarms);
  if (wanted === alarmsShown) return;
  alarmsShown = wanted;
  document.getElementById("alarms").replaceChildren(...alarms.map(alarmItem));
}

function alarmItem({ priority, text, action }) {
  const rank = priority.toLowerCase();
  const item = document.createElement("li");
  item.className = `app-alarm app-alarm--${rank}`;
  const symbol = document.createElement("span");
  symbol.className = "app-alarm__symbol";
  symbol.ariaHidden = "true";
  symbol.textContent = SYMBOLS[rank] ?? "!";
  const words = document.createElement("span");
  const strong = document.createElement("strong");
  strong.textContent = rank.toUpperCase();
  words.append(strong, ` ${text} `);
  if (action) {
    const what = document.createElement("span");
    what.className = "app-alarm__do";
    what.textContent = action;
    words.append(what);
  }
  item.append(symbol, words);
  return item;
}

// A page made for `running` has other controls than one for `held`.
const KIND = { armed: "flow", running: "flow", ending: "flow", held: "held" };
const madeFor = KIND[box.dataset.state];
let leaving = false;

function follow(state) {
  if (leaving || KIND[state] === madeFor) return;
  leaving = true;
  setTimeout(() => location.reload(), 600);
}

onTick((message) => {
  const run = message.runs[runId];
  if (!run) return;
  allowedUa = run.allowed_ua;
  addPoints(run.points ?? []);
  // Questions stand above the pain buttons; the urged one is an alarm as well.
  showAlarms((run.alarms ?? []).filter((alarm) => alarm.code === "UNANSWERED" || !isQuestion(alarm)));
  if (adjust) {
    adjust.elements.from_ua.value = run.level_ua;
    adjust.querySelector('[value="up"]').disabled = run.state !== "running" || run.level_ua >= Number(adjust.dataset.ceiling);
    adjust.querySelector('[value="down"]').disabled = run.level_ua <= Number(adjust.dataset.lowest);
  }
  follow(run.state);
});

async function act(form, submitter) {
  say(form, true, "Sending…");
  try {
    const answer = await send(form, submitter);
    say(form, answer.ok, answer.text ?? "");
    if (form.elements.patient_agrees) form.elements.patient_agrees.checked = false;
    if (answer.ok && answer.command) {
      const became = await outcome(answer.command);
      say(form, became.done, became.text);
    }
  } catch {
    say(form, false, "The server does not answer. STOP still works; so does the button on the stimulator.");
  }
}

for (const form of box.querySelectorAll("[data-act]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(form, event.submitter);
  });
}

addPoints(await stored().catch(() => []));
setInterval(draw, 250);
draw();
