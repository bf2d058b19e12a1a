// News for this tab: by the worker that all tabs share, or where a browser has none by a poll of its own.

import { Poll } from "./poll.js";

const listeners = new Set();

/** Have `listener` told of news: {kind: "events", events}, "refresh", "down", "up", "signed-out". */
export function onNews(listener) { listeners.add(listener); return () => listeners.delete(listener); }

function tell(news) { for (const each of [...listeners]) each(news); }

let port = null;
let own = null;

const inSight = () => document.visibilityState === "visible";

/** Begin; called once the session is there. */
export function begin() {
  if (port || own) { say(); return; }
  if (globalThis.SharedWorker) {
    port = new SharedWorker(new URL("./live-worker.js", import.meta.url), { type: "module", name: "dsm-emulator" }).port;
    port.onmessage = ({ data }) => tell(data);
    const name = `dsm-emulator tab ${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    navigator.locks?.request(name, { mode: "exclusive" }, () => {
      port.postMessage({ kind: "lock", name });
      return new Promise(() => {}); // held until the tab is gone
    });
  } else {
    own = new Poll(tell);
  }
  document.addEventListener("visibilitychange", say);
  addEventListener("pagehide", () => say(false));
  addEventListener("pageshow", () => say());
  say();
}

function say(shown) {
  const visible = typeof shown === "boolean" ? shown : inSight();
  if (port) port.postMessage({ kind: "visible", visible });
  else own?.want(visible);
}

/** Something was done here that no journal tells: other tabs hear of it as of an event of that kind. */
export function done(what) { port?.postMessage({ kind: "done", what }); }
