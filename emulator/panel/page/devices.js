// All devices of the process at a glance: thousands of them as a few dozen rows.

import * as api from "./api.js";
import { Empty, html, plural, Problem, Said, State, useEffect, useLive, useMemo, useState, useWindow } from "./core.js";

const ROW = 46;

/** `alone`: nobody has asked for the list, so that a single device is shown itself. */
export function Devices({ alone }) {
  const [data, problem] = useLive(() => api.get("/devices"), [], (event) => ["state", "input", "condition", "change"].includes(event.kind));
  const [text, setText] = useState("");
  const [state, setState] = useState("");
  const devices = data?.devices;
  useEffect(() => {
    if (alone && devices?.length === 1) location.replace(`#/device/${devices[0].uuid}`);
  }, [alone, devices]);
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return (devices || []).filter((each) => (!state || each.state === state)
      && (!wanted || [each.name, each.profile, each.uuid].some((one) => one.toLowerCase().includes(wanted))));
  }, [devices, text, state]);
  const counts = useMemo(() => {
    const of = { Idle: 0, Processing: 0, Stopped: 0 };
    for (const each of devices || []) of[each.state] = (of[each.state] || 0) + 1;
    return of;
  }, [devices]);
  const [first, last, onScroll, ref] = useWindow(found.length, ROW);
  return html`
    <div class="view devices">
      <div class="title">
        <h1>Devices</h1>
        <p class="counts">${Object.entries(counts).map(([name, count]) => html`<span key=${name}><${State} state=${name} /> <b>${count}</b></span>`)}</p>
      </div>
      <div class="filters" role="search">
        <label class="grow">Filter <input type="search" value=${text} placeholder="name, profile or UUID" onInput=${(event) => setText(event.target.value)} /></label>
        <label>State
          <select value=${state} onChange=${(event) => setState(event.target.value)}>
            <option value="">any</option>
            ${Object.keys(counts).map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
          </select>
        </label>
        <p class="aside" role="status">${devices ? (found.length === devices.length ? plural(found.length, "device") : `${found.length} of ${plural(devices.length, "device")}`) : ""}</p>
      </div>
      <${Problem} error=${problem} />
      <div class="rows card" ref=${ref} onScroll=${onScroll} tabindex="0" role="region" aria-label="Devices">
        <table aria-rowcount=${found.length + 1}>
          <thead><tr><th scope="col">Device</th><th scope="col">State</th><th scope="col">Profile</th><th scope="col" class="number">In the feeder</th><th scope="col" class="wide">UUID</th></tr></thead>
          <tbody>
            ${first > 0 && html`<tr key="before" class="spacer" aria-hidden="true" style=${{ height: `${first * ROW}px` }}><td></td></tr>`}
            ${found.slice(first, last).map((each, index) => html`
              <tr key=${each.uuid} aria-rowindex=${first + index + 2} class="row" onClick=${() => { location.hash = `#/device/${each.uuid}`; }}>
                <th scope="row"><a href=${`#/device/${each.uuid}`} onClick=${(event) => event.stopPropagation()}><${Said} text=${each.name} most=${80} /></a></th>
                <td><${State} state=${each.state} /></td>
                <td><${Said} text=${each.profile} most=${60} /></td>
                <td class="number">${each.sheets == null ? html`<span class="none">no feeder</span>` : each.sheets}</td>
                <td class="wide"><code>${each.uuid}</code></td>
              </tr>`)}
            ${last < found.length && html`<tr key="after" class="spacer" aria-hidden="true" style=${{ height: `${(found.length - last) * ROW}px` }}><td></td></tr>`}
          </tbody>
        </table>
        ${devices && !found.length && html`<${Empty}>${devices.length ? "No device is like that." : "No device runs here."}<//>`}
      </div>
    </div>`;
}
