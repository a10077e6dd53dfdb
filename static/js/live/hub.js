// One event stream for many pages. Pages subscribe with run ids; the hub opens
// a single EventSource over their union, and says each second how things stand
// even when nothing arrives: a page must never show a frozen number.
const RETRY_MS = 1000;
const RETRY_MOST_MS = 15_000;
// A page says each second that it is there; one that was closed falls silent.
const PAGE_GONE_MS = 10_000;

export class Hub {
  #pages = new Map(); // id -> {runs, send, seen}
  #source = null;
  #open = "";
  #retryAt = 0;
  #retryMs = RETRY_MS;

  constructor() {
    setInterval(() => this.#second(), 1000);
  }

  subscribe(id, runs, send) {
    this.#pages.set(id, { runs, send, seen: Date.now() });
    this.#connect();
  }

  alive(id) {
    const page = this.#pages.get(id);
    if (page) page.seen = Date.now();
  }

  leave(id) {
    this.#pages.delete(id);
    this.#connect();
  }

  #second() {
    const now = Date.now();
    for (const [id, page] of this.#pages) if (now - page.seen > PAGE_GONE_MS) this.#pages.delete(id);
    this.#connect();
    for (const page of this.#pages.values()) page.send({ kind: "second" });
  }

  #connect() {
    const wanted = [...new Set([...this.#pages.values()].flatMap((page) => page.runs))].sort().join(",");
    const broken = this.#source?.readyState === EventSource.CLOSED && Date.now() >= this.#retryAt;
    if (wanted === this.#open && !broken) return;
    this.#open = wanted;
    this.#replace(wanted ? new EventSource(`/live/events?runs=${wanted}`) : null);
  }

  // The older stream goes on until the newer one speaks: no sample falls between.
  #replace(source) {
    const older = this.#source;
    this.#source = source;
    if (!source) return older?.close();
    this.#retryAt = Date.now() + this.#retryMs;
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MOST_MS);
    source.addEventListener("tick", () => older?.close(), { once: true });
    source.addEventListener("error", () => older?.close(), { once: true });
    source.addEventListener("tick", (event) => this.#tick(event.data));
  }

  #tick(text) {
    this.#retryMs = RETRY_MS;
    const tick = JSON.parse(text);
    for (const page of this.#pages.values()) {
      const runs = Object.fromEntries(page.runs.filter((run) => run in tick.runs).map((run) => [run, tick.runs[run]]));
      page.send({ kind: "tick", at: tick.at, runs });
    }
  }
}
