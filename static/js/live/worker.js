// SharedWorker: the one holder of the event stream for all tabs of a browser.
import { Hub } from "./hub.js";

const hub = new Hub();
let pages = 0;

onconnect = ({ ports: [port] }) => {
  const id = `page-${++pages}`;
  port.onmessage = ({ data }) => {
    if (data.kind === "subscribe") hub.subscribe(id, data.runs, (message) => port.postMessage(message));
    if (data.kind === "alive") hub.alive(id);
    if (data.kind === "leave") hub.leave(id);
  };
};
