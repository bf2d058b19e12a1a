// Shared by all tabs of the panel: one poll for those that are in sight, none where no tab is.

import { Poll } from "./poll.js";

const tabs = new Map();
const poll = new Poll((news) => {
  for (const [port, tab] of tabs) if (tab.visible) port.postMessage(news);
});

function changed() {
  poll.want([...tabs.values()].some((tab) => tab.visible));
}

function forget(port) {
  tabs.delete(port);
  changed();
}

self.onconnect = (connection) => {
  const port = connection.ports[0];
  tabs.set(port, { visible: false });
  port.onmessage = ({ data }) => {
    if (data.kind === "lock") navigator.locks?.request(data.name, () => forget(port)); // had when the tab is gone
    if (data.kind === "visible") {
      const tab = tabs.get(port) || {};
      const comes = data.visible && !tab.visible;
      tabs.set(port, { visible: data.visible });
      const running = poll.running;
      changed();
      if (comes && running) port.postMessage({ kind: "refresh" });
      if (comes && !poll.up) port.postMessage({ kind: "down" });
    }
    if (data.kind === "done") for (const [other, tab] of tabs) {
      if (other !== port && tab.visible) other.postMessage({ kind: "events", events: [{ number: 0, kind: data.what, data: {} }] });
    }
  };
};
