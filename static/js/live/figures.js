// Binds live figures to a page. Inside an element with data-live-run, each
// element with data-live="name" shows that figure. Figures older than 3 s are
// taken away and the time of the last one is said instead.
import { PHASES, clock, dose, kohm, ma, time } from "../format.js";
import { subscribe } from "./client.js";

const STALE_MS = 3000;
const LIVE = new Set(["running", "held", "ending", "armed", "uncertain"]);
const SHOW = {
  mean: (run) => ma(run.mean_ua),
  set: (run) => ma(run.set_ua),
  level: (run) => ma(run.level_ua),
  allowed: (run) => ma(run.allowed_ua),
  ohm: (run) => kohm(run.ohm),
  charge: (run) => dose(run.charge_nc),
  expected: (run) => dose(run.expected_nc),
  flow: (run) => clock(run.flow_ms),
  left: (run) => clock(run.left_ms),
  phase: (run) => PHASES[run.phase] ?? run.state,
};

export const runs = new Map(); // id -> {run, age()}
const listeners = new Set();

export const onTick = (listener) => listeners.add(listener);

// Ages are measured on one clock each: the server's up to the message, the
// browser's monotonic clock since. The two are never compared.
function remember(id, run, at) {
  const before = Date.parse(at) - Date.parse(run.data_at ?? at);
  const received = performance.now();
  runs.set(id, { run, dataAt: run.data_at ? new Date(run.data_at) : null, age: () => before + performance.now() - received });
}

// The question that waits for the person at the chair, the urged one first.
export const isQuestion = ({ code }) => code === "UNANSWERED" || (code ?? "").startsWith("ASK_");

function ask(spot, alarms, stale) {
  const waiting = stale ? [] : alarms.filter(isQuestion);
  const urged = waiting.find(({ code }) => code === "UNANSWERED");
  const text = urged ? urged.text : waiting.map((alarm) => alarm.text).join(" ");
  if (spot.textContent !== text) spot.textContent = text;
  spot.classList.toggle("app-ask--urged", Boolean(urged));
}

function paint(box) {
  const known = runs.get(box.dataset.liveRun);
  if (!known) return;
  const stale = LIVE.has(known.run.state) && (known.dataAt === null || known.age() > STALE_MS);
  box.classList.toggle("is-stale", stale);
  for (const spot of box.querySelectorAll("[data-live]")) {
    const name = spot.dataset.live;
    if (name === "age") spot.textContent = ageText(known, stale);
    else if (name === "ask") ask(spot, known.run.alarms ?? [], stale);
    else if (name === "bar") spot.value = Math.min(known.run.charge_nc ?? 0, spot.max);
    else spot.textContent = stale && name !== "expected" ? "––" : SHOW[name](known.run);
  }
}

function ageText({ run, dataAt, age }, stale) {
  if (!LIVE.has(run.state)) return "";
  if (dataAt === null) return "No data yet";
  if (stale) return `No data since ${time(dataAt)}`;
  return `Data ${Math.max(0, Math.round(age() / 1000))} s old`;
}

function paintAll() {
  document.querySelectorAll("[data-live-run]").forEach(paint);
}

function receive(message) {
  if (message.kind === "tick") {
    for (const [id, run] of Object.entries(message.runs)) remember(id, run, message.at);
    for (const listener of listeners) listener(message);
  }
  paintAll();
}

export function start() {
  const boxes = [...document.querySelectorAll("[data-live-run], [data-stop]")];
  const ids = [...new Set(boxes.map((box) => box.dataset.liveRun ?? box.dataset.stop))];
  for (const box of document.querySelectorAll("[data-live-run][data-live-first]")) {
    const first = JSON.parse(box.dataset.liveFirst);
    remember(box.dataset.liveRun, first.run, first.at);
  }
  subscribe(ids, receive);
  setInterval(paintAll, 500);
  paintAll();
}
