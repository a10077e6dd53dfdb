// STOP. The form works alone; here it is sent without leaving the page, again
// each second until the output is known to be off, and says how it stands.
import { ma, time } from "./format.js";
import { onTick, runs } from "./live/figures.js";

const AGAIN_MS = 1000;
const LATE_MS = 5000;
const OFF_UA = 100;
const OVER = new Set(["ended", "cancelled", "rejected"]);

function isOff(run) {
  if (OVER.has(run.state)) return true;
  return ["ending", "held"].includes(run.state) && run.mean_ua !== null && Math.abs(run.mean_ua) < OFF_UA;
}

class Stop {
  constructor(form) {
    this.form = form;
    this.state = form.querySelector("[data-stop-state]");
    this.pressedAt = null;
    this.offAt = null;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.press();
    });
    onTick(() => this.show());
  }

  press() {
    if (this.pressedAt === null || this.offAt !== null) {
      this.pressedAt = performance.now();
      this.offAt = null;
      this.again = setInterval(() => this.second(), AGAIN_MS);
    }
    this.send();
    this.show();
  }

  second() {
    this.show();
    if (this.offAt === null) this.send();
    else clearInterval(this.again);
  }

  async send() {
    try {
      const answer = await fetch(this.form.action, {
        method: "POST", body: new FormData(this.form), headers: { Accept: "application/json" },
        keepalive: true, credentials: "same-origin", priority: "high",
      });
      const said = await answer.json();
      if (said.off) this.off(said.off_at ? new Date(said.off_at) : new Date());
      else if (said.measured_ua !== undefined) this.measured = said.measured_ua;
    } catch {
      // No answer: the next second tries again, and after 5 s the page says so.
    }
    this.show();
  }

  off(moment) {
    if (this.offAt !== null) return;
    this.offAt = moment;
    // A page about this run that holds nothing typed shows what comes next.
    if (document.querySelector("[data-follow]")) setTimeout(() => location.reload(), 2500);
  }

  show() {
    if (this.pressedAt === null) return;
    const known = runs.get(this.form.dataset.stop);
    if (known && known.age() < 3000) {
      this.measured = known.run.mean_ua;
      if (isOff(known.run)) this.off(known.dataAt ?? new Date());
    }
    const late = this.offAt === null && performance.now() - this.pressedAt > LATE_MS;
    this.form.classList.toggle("is-off", this.offAt !== null);
    this.form.classList.toggle("is-late", late);
    this.say(late);
  }

  say(late) {
    const name = this.form.dataset.stimulator;
    let text = this.measured === undefined || this.measured === null ? "Stopping" : `Stopping, ${ma(Math.abs(this.measured))}`;
    if (late) {
      text = `HIGH !!! Stop NOT confirmed. Press the button on ${name}. Still current: switch ${name} off. ` +
        "Do not let the patient pull out of the water.";
    }
    if (this.offAt !== null) text = `Output off ${time(this.offAt)}`;
    if (this.state.textContent !== text) this.state.textContent = text;
  }
}

export function start() {
  document.querySelectorAll("[data-stop]").forEach((form) => new Stop(form));
}
