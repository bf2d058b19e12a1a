// What the scan server of this process has: jobs of any device, their pages, what was asked and what came of it.

import * as api from "./api.js";
import {
  Card, Confirm, Empty, html, octets, Panel, plural, Problem, Said, spaced, State, Thumb, useContext, useLive, useMemo, useState,
  useWindow, when,
} from "./core.js";
import { Page } from "./page.js";

const ROW = 62;

export function Inbox({ token, document, page }) {
  const { looks, act } = useContext(Panel);
  const [data, problem, again] = useLive(() => api.get("/scans"), [], (event) => ["state", "job", "image", "delivery"].includes(event.kind)
    || (event.kind === "exchange" && (event.data.document_id || event.data.direction === "received")));
  const [text, setText] = useState("");
  const [state, setState] = useState("");
  const [keep, setKeep] = useState(100);
  const scans = useMemo(() => [...(data?.scans || [])].reverse(), [data]);
  const states = useMemo(() => [...new Set(scans.map((each) => each.state))].sort(), [scans]);
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return scans.filter((each) => (!state || each.state === state) && (!wanted
      || [each.user, each.scan_process, each.token, each.peer, each.state, ...each.images.flatMap((one) => one.files)].some((one) => one.toLowerCase().includes(wanted))));
  }, [scans, text, state]);
  const [first, last, onScroll, ref] = useWindow(found.length, ROW);
  const scan = token ? scans.find((each) => each.token === token) : undefined;
  if (token && document && scan) return html`<${Page} scan=${scan} number=${Number(document)} page=${Number(page || 1)} />`;
  const images = scans.reduce((sum, each) => sum + each.images.length, 0);
  return html`
    <div class="view inbox">
      <div class="title"><h1>Inbox</h1>
        <p class="quiet">${data ? `${plural(scans.length, "job")}, ${plural(images, "document")}` : "…"}</p>
        ${!looks && scans.length > 0 && html`
          <div class="buttons">
            <label class="short inline">Keep the last <input type="number" min="1" value=${keep} onInput=${(event) => setKeep(Math.max(1, Number(event.target.value) || 1))} /></label>
            <${Confirm} label="Prune" question=${`All jobs but the last ${keep} go, with their images.`} yes="Delete them" disabled=${scans.length <= keep}
              onYes=${async () => { await act(() => api.send("DELETE", api.path("/scans", { keep })), "Older jobs are gone."); again(); }} />
            <${Confirm} label="Delete all" class="danger" question=${`All ${plural(scans.length, "job")} go, with their images in the store.`} yes="Delete all"
              onYes=${async () => { await act(() => api.send("DELETE", "/scans"), "The inbox is empty."); again(); location.hash = "#/inbox"; }} />
          </div>`}
      </div>
      <div class="filters" role="search">
        <label class="grow">Search <input type="search" value=${text} placeholder="user, scan process, file or token" onInput=${(event) => setText(event.target.value)} /></label>
        <label>State
          <select value=${state} onChange=${(event) => setState(event.target.value)}>
            <option value="">any</option>${states.map((each) => html`<option key=${each} value=${each}>${spaced(each)}</option>`)}
          </select>
        </label>
      </div>
      <${Problem} error=${problem} />
      <div class=${`split ${scan ? "chosen" : ""}`}>
        <div class="rows card" ref=${ref} onScroll=${onScroll} tabindex="0" role="region" aria-label="Jobs">
          <ul class="jobs" style=${{ height: `${found.length * ROW}px` }}>
            ${found.slice(first, last).map((each, index) => html`
              <li key=${each.token} style=${{ transform: `translateY(${(first + index) * ROW}px)` }}>
                <a href=${`#/inbox/${encodeURIComponent(each.token)}`} aria-current=${each.token === token ? "true" : undefined}>
                  ${each.images.length ? html`<${Thumb} src=${`/scans/${encodeURIComponent(each.token)}/images/${each.images[0].document_id}?width=80`} name="" />` : html`<span class="thumb none" aria-hidden="true"></span>`}
                  <span class="what"><b><${Said} text=${each.scan_process} most=${60} /></b><span class="quiet"><${Said} text=${each.user} most=${60} /></span></span>
                  <span class="how"><${State} state=${each.state} /><span class="quiet">${plural(each.images.length, "document")} · ${when(each.created)}</span></span>
                </a>
              </li>`)}
          </ul>
          ${data && !found.length && html`<${Empty}>${scans.length ? "No job is like that." : html`Nothing has arrived yet. Start a job at a device, or send one with ${html`<code>dsm-emulator scan --server …</code>`}`}<//>`}
        </div>
        ${scan && html`<${Scan} key=${scan.token} scan=${scan} again=${again} />`}
        ${token && data && !scan && html`<section class="detail card"><${Empty}>This job is not here any more.<//></section>`}
      </div>
    </div>`;
}

function Scan({ scan, again }) {
  const { looks, act } = useContext(Panel);
  const [shown, setShown] = useState(60);
  const place = encodeURIComponent(scan.token);
  const sent = new Map(scan.ticket.sent.map((each) => [each.document_id, each]));
  const total = scan.images.reduce((sum, each) => sum + each.bytes, 0);
  return html`
    <section class="detail card" aria-label="The job">
      <header><h2><${Said} text=${scan.scan_process} most=${100} /></h2><a class="close" href="#/inbox" aria-label="Close">✕</a></header>
      <p class="line"><${State} state=${scan.state} /> ${scan.reasons.length > 0 && html`<span class="quiet">${scan.reasons.map(spaced).join(", ")}</span>`}</p>
      <dl class="facts">
        <div><dt>User</dt><dd><${Said} text=${scan.user} most=${120} /></dd></div>
        <div><dt>Device</dt><dd>${scan.peer}</dd></div>
        <div><dt>Begun</dt><dd>${when(scan.created)}${scan.completed ? `, ended ${when(scan.completed)}` : ""}</dd></div>
        <div><dt>Documents</dt><dd>${scan.images.length}, ${octets(total)}</dd></div>
        <div><dt>Token</dt><dd><code>${scan.token}</code></dd></div>
      </dl>
      ${scan.images.length > 0 && html`
        <ul class="grid-of-pages" aria-label="Documents">
          ${scan.images.slice(0, shown).map((each) => html`
            <li key=${each.document_id}><a href=${`#/inbox/${place}/${each.document_id}`}>
              <${Thumb} src=${`/scans/${place}/images/${each.document_id}?width=200`} name=${`Document ${each.document_id}`} />
              <span>${each.document_id} <span class="quiet">${octets(each.bytes)}</span>
              ${sent.has(each.document_id) && html` <${Same} sent=${sent.get(each.document_id)} stored=${each} />`}</span></a></li>`)}
        </ul>
        ${scan.images.length > shown && html`<button type="button" onClick=${() => setShown(shown + 200)}>Show more (${scan.images.length - shown})</button>`}`}
      <h3>Filters</h3>
      ${scan.filters.length ? html`<ul class="plain-list">${scan.filters.map((each) => html`<li key=${each.dialect}><b>${each.dialect.split("/").at(-1)}</b> <${State} state=${each.state} /> <span class="quiet">${each.reasons.map(spaced).join(", ")}</span></li>`)}</ul>` : html`<${Empty}>None.<//>`}
      ${scan.deliveries.length > 0 && html`
        <h3>Deliveries</h3>
        <ul class="plain-list">${scan.deliveries.map((each, index) => html`<li key=${index}><${Said} text=${Object.values(each).filter((one) => typeof one === "string" && one).join(" · ")} most=${300} /></li>`)}</ul>`}
      <h3>Ticket</h3>
      <${Ticket} ticket=${scan.ticket} />
      ${scan.deviations.length > 0 && html`
        <h3>Departures from the documents</h3>
        <ul class="plain-list">${scan.deviations.map((each, index) => html`<li key=${index}><b>${each.operation}</b> <${Said} text=${`${each.id}: ${each.detail || each.place}`} most=${300} /> <code>${each.clause}</code></li>`)}</ul>`}
      ${!looks && html`<div class="buttons left">
        <${Confirm} label="Delete this job" class="danger" question="The job goes, with its images in the store." yes="Delete it"
          onYes=${async () => { if (await act(() => api.send("DELETE", `/scans/${place}`), "The job is gone.")) location.hash = "#/inbox"; again(); }} />
      </div>`}
    </section>`;
}

/** Whether what is stored is what was sent. */
export function Same({ sent, stored }) {
  const same = sent.sha256 === stored.sha256;
  return html`<span class=${`same ${same ? "good" : "bad"}`} title=${same ? "stored as it was sent" : "not what was sent"}><span aria-hidden="true">${same ? "✓" : "✕"}</span><span class="unseen">${same ? "stored as it was sent" : "not what was sent"}</span></span>`;
}

function flat(value, name = "", found = {}) {
  if (value && typeof value === "object" && !Array.isArray(value)) {
    const keys = Object.keys(value);
    if (keys.length === 2 && keys.includes("width") && keys.includes("height")) found[name] = `${value.width} × ${value.height}`;
    else if (keys.includes("value")) { flat(value.value, name, found); if (value.must_honor) found[name] += " (MustHonor)"; }
    else for (const key of keys) flat(value[key], name && !["document_parameters"].includes(key) ? `${name} / ${key}` : key === "document_parameters" ? "" : key, found);
  } else if (value !== null && value !== undefined && value !== "") {
    found[name] = Array.isArray(value) ? value.join(" × ") : String(value);
  }
  return found;
}

/** Names of the two forms of a ticket that mean the same. */
const SAME_NAMES = { "media_front / color_processing": "front / color_processing", "media_front / resolution": "front / resolution", "media_front / scan_region": "front / scan_region" };

function Ticket({ ticket }) {
  const rows = useMemo(() => {
    const asked = flat(ticket.asked), effective = flat(ticket.effective || {});
    const named = Object.fromEntries(Object.entries(asked).map(([name, value]) => [SAME_NAMES[name] || name, value]));
    return [...new Set([...Object.keys(named), ...Object.keys(effective)])].map((name) => [name, named[name], effective[name]]);
  }, [ticket]);
  return html`
    ${ticket.settings.length > 0 && html`<p class="line">Asked at the device: ${ticket.settings.map((each) => html`<code key=${each}><${Said} text=${each} most=${80} /></code> `)}</p>`}
    <div class="scroll" tabindex="0" role="region" aria-label="Ticket"><table class="ticket">
      <thead><tr><th scope="col">Setting</th><th scope="col">Scan process says</th><th scope="col">Effective</th></tr></thead>
      <tbody>${rows.map(([name, asked, effective]) => html`<tr key=${name}><th scope="row">${name.replaceAll("_", " ")}</th><td>${asked === undefined ? "" : html`<${Said} text=${asked} most=${80} />`}</td><td>${effective === undefined ? "" : html`<${Said} text=${effective} most=${80} />`}</td></tr>`)}</tbody>
    </table></div>
    ${!ticket.effective && html`<p class="quiet">What was effective is known once a job of a device of this process has ended.</p>`}`;
}
