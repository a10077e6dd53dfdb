// Counts a collecting up from what the server said; without it the page has a text.
const two = (n) => String(n).padStart(2, "0");
const clock = (ms) => `${Math.floor(ms / 60000)}:${two(Math.floor(ms / 1000) % 60)}`;

export function start() {
  const timers = [...document.querySelectorAll("[data-timer]")];
  if (!timers.length) return;
  // A laptop that slept stops performance.now() in some browsers, not the wall.
  const opened = Date.now();
  const tick = () => timers.forEach((timer) => show(timer, Date.now() - opened));
  tick();
  setInterval(tick, 1000);
}

function show(timer, since) {
  const elapsed = Number(timer.dataset.elapsed) + Math.max(since, 0);
  const limit = Number(timer.dataset.limit);
  const over = elapsed - limit;
  timer.querySelector("[data-timer-clock]").textContent = clock(elapsed);
  timer.querySelector("[data-timer-read]").hidden = true;
  if (over <= 0) return;
  timer.classList.add("app-timer--over");
  const says = timer.querySelector("[data-timer-over]");
  says.hidden = false;
  says.querySelector("b").textContent = clock(over);
}
