// Live figures for this page: through the SharedWorker, else through one leader
// tab (a web lock) that shares its stream over a BroadcastChannel. Each browser
// holds one stream; six would use up its connections and STOP would wait.
import { Hub } from "./hub.js";

const workerUrl = () => new URL("./worker.js", import.meta.url);

function throughWorker(runs, receive) {
  const worker = new SharedWorker(workerUrl(), { type: "module", name: "iontoclinic-live" });
  worker.port.onmessage = ({ data }) => receive(data);
  worker.port.postMessage({ kind: "subscribe", runs });
  setInterval(() => worker.port.postMessage({ kind: "alive" }), 1000);
  addEventListener("pagehide", () => worker.port.postMessage({ kind: "leave" }));
  // A page that comes back from the back/forward cache has left: join again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) worker.port.postMessage({ kind: "subscribe", runs });
  });
}

function throughLeader(runs, receive) {
  const channel = new BroadcastChannel("iontoclinic-live");
  const id = crypto.randomUUID();
  let hub = null;
  channel.onmessage = ({ data }) => {
    if (data.to === id) receive(data.message);
    if (!hub || data.to) return;
    if (data.kind === "here") {
      hub.subscribe(data.id, data.runs, (message) => channel.postMessage({ to: data.id, message }));
    }
    if (data.kind === "leave") hub.leave(data.id);
  };
  const here = () => (hub ? hub.alive(id) : channel.postMessage({ kind: "here", id, runs }));
  here();
  setInterval(here, 1000);
  addEventListener("pagehide", () => channel.postMessage({ kind: "leave", id }));
  navigator.locks.request("iontoclinic-live", () => {
    hub = new Hub();
    hub.subscribe(id, runs, receive);
    return new Promise(() => {}); // leads until the tab closes
  });
}

export function subscribe(runs, receive) {
  if (!runs.length) return;
  if ("SharedWorker" in window) throughWorker(runs, receive);
  else if ("locks" in navigator && "BroadcastChannel" in window) throughLeader(runs, receive);
  else new Hub().subscribe("only", runs, receive);
}
