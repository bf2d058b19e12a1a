// One device: how it looks and what its display says, paper, a job, what goes wrong, where it is.

import * as api from "./api.js";
import {
  Card, clock, Confirm, Empty, html, octets, Panel, plural, Problem, Said, spaced, State, useContext, useEffect, useLive,
  Thumb, useRef, useState,
} from "./core.js";
import { Drawing, partsOf } from "./drawing.js";
import { Faults } from "./faults.js";
import { onNews } from "./live.js";
import { Paper } from "./paper.js";
import { Start } from "./start.js";

const WORDS = {
  CoverOpen: "Cover open", MediaJam: "Paper jam", MultipleFeedError: "Double feed", LampError: "Lamp error",
  InputTrayEmpty: "Feeder empty", InterlockOpen: "Interlock open", InternalStorageFull: "Storage full",
  Calibrating: "Calibrating", LampWarming: "Warming up",
};
const SHEETS = 40; // shown of those in the feeder
const AT = { ADF: "feeder", MediaPath: "paper path", Platen: "glass", Film: "film holder" };

export function Device({ uuid }) {
  const base = `/devices/${uuid}`;
  const mine = (event) => !event.device || event.device === uuid;
  const [abilities, lacking] = useLive(() => api.get(`${base}/capabilities`), [uuid], () => false);
  const [status, problem, again] = useLive(() => api.get(base), [uuid], (event) => mine(event)
    && ["state", "condition", "input", "job", "page", "change"].includes(event.kind));
  const [jobs] = useLive(() => api.get(api.path("/jobs", { device: uuid })), [uuid], (event) => mine(event)
    && ["job", "page", "image", "state"].includes(event.kind));
  const [lying, unseen, look] = useLive(() => api.get(api.path(`${base}/sheets`, { limit: SHEETS })), [uuid], (event) => mine(event)
    && ["input", "page"].includes(event.kind));
  const job = jobs?.jobs.at(-1);
  const running = Boolean(job && !job.done);
  const passed = usePassed(lying?.sheets, job?.number, running);
  if (problem && !status) return html`<div class="view"><${Problem} error=${problem} /><p><a href="#/devices">All devices</a></p></div>`;
  if (!status || !abilities) return html`<p class="waiting" role="status">One moment …</p>`;
  const parts = partsOf(abilities);
  const of = (name) => status.conditions.filter((each) => each.name === name).map((each) => each.component);
  const scanning = status.state === "Processing";
  return html`
    <div class="view device">
      <div class="title">
        <h1><${Said} text=${status.description.names[0]?.text || status.name} most=${120} /></h1>
        <p class="who"><${State} state=${status.state} /> <span class="quiet"><${Said} text=${abilities.manufacturer} most=${60} /> <${Said} text=${abilities.model_name} most=${60} /></span></p>
      </div>
      <${Problem} error=${problem || lacking} />
      <div class="columns">
        <div class="column">
          <section class="card machine-card" aria-label="The device">
            <${Drawing} name=${status.name} parts=${parts} sheets=${status.sheets} capacity=${status.capacity} scanning=${scanning}
              open=${of("CoverOpen")} jam=${of("MediaJam")} double=${of("MultipleFeedError").length > 0} out=${running ? job.scanned : 0} />
            <${Display} status=${status} job=${job} running=${running} />
            <${Keys} base=${base} status=${status} running=${running} again=${again} />
            <${Lamps} status=${status} />
          </section>
          <${Wrong} base=${base} parts=${parts} status=${status} again=${again} />
          <${Addresses} status=${status} abilities=${abilities} />
        </div>
        <div class="column">
          <${Job} uuid=${uuid} job=${job} status=${status} passed=${passed} base=${base} />
          <${Paper} base=${base} parts=${parts} status=${status} lying=${lying} problem=${unseen} again=${() => { again(); look(); }} />
          <${Start} base=${base} abilities=${abilities} status=${status} running=${running} />
          <${Faults} name=${status.name} />
        </div>
      </div>
    </div>`;
}

/** Sheets that have left the feeder since the job began: their pictures are there already. */
function usePassed(sheets, number, running) {
  const kept = useRef({ number: undefined, before: [], passed: [] });
  const of = kept.current;
  if (of.number !== number) { of.number = number; of.passed = []; }
  if (sheets && sheets !== of.before) {
    const there = new Set(sheets);
    const first = of.before.findIndex((each) => there.has(each));
    const gone = running ? of.before.slice(0, first < 0 ? of.before.length : first) : [];
    of.passed = [...of.passed, ...gone.filter((each) => !of.passed.includes(each))];
    of.before = sheets;
  }
  return of.passed;
}

function Display({ status, job, running }) {
  const [first, second] = said(status, job, running);
  return html`
    <div class=${`display ${status.state === "Stopped" ? "bad" : ""}`} role="status" aria-label="Display">
      <p>${first}</p><p>${second}</p>
    </div>`;
}

/** Two lines, as the display of such a device has them. */
function said(status, job, running) {
  const stop = status.conditions.find((each) => !["InputTrayEmpty", "LampWarming", "Calibrating"].includes(each.name));
  const waits = status.conditions.find((each) => ["LampWarming", "Calibrating"].includes(each.name));
  if (status.state === "Stopped" && stop) return [`${WORDS[stop.name] || spaced(stop.name)} (${AT[stop.component] || stop.component})`, "Mend it, then press Clear"];
  if (status.reasons.includes("Paused")) return ["Paused", "Press Resume to go on"];
  if (waits) return [`${WORDS[waits.name]} …`, "One moment, please"];
  if (running) {
    const page = job.scanned ? `Page ${job.scanned}${job.total ? ` of ${job.total}` : ""}` : "Preparing the job";
    return [job.scanned && job.scanned === job.total ? "Sending …" : "Scanning …", page];
  }
  if (status.state === "Processing") return ["Scanning …", "For a computer"];
  if (job?.done && job.outcome && !status.sheets && Date.now() - Date.parse(job.begun) < 60000) {
    return job.outcome === "Completed" ? ["Completed", `${plural(job.scanned, "page")} delivered`] : [spaced(job.outcome), (job.error || job.result?.reason || "").slice(0, 60)];
  }
  if (status.sheets === 0) return ["Ready", "Feeder empty: load paper"];
  return ["Ready", status.sheets == null ? "Lay a page onto the glass" : `${plural(status.sheets, "sheet")} in the feeder`];
}

function Keys({ base, status, running, again }) {
  const { looks, act } = useContext(Panel);
  const press = async (name, words, body) => { await act(() => api.post(`${base}/${name}`, body), words); again(); };
  const paused = status.reasons.includes("Paused");
  return html`
    <div class="keys" role="group" aria-label="Keys of the device">
      <button type="submit" form="start" class="key start" disabled=${looks || running || status.state === "Stopped"}><span aria-hidden="true">◇</span>Start</button>
      <button type="button" class="key stop" disabled=${looks || !(running || status.active_jobs.length)} onClick=${() => press("cancel", "Stopped.")}><span aria-hidden="true">◉</span>Stop</button>
      <button type="button" class="key" disabled=${looks} onClick=${() => press("clear", "Cleared.")}><span aria-hidden="true">C</span>Clear</button>
      <button type="button" class="key" disabled=${looks} onClick=${() => press(paused ? "resume" : "pause", paused ? "Goes on." : "Paused.")}><span aria-hidden="true">${paused ? "▷" : "‖"}</span>${paused ? "Resume" : "Pause"}</button>
    </div>`;
}

function Lamps({ status }) {
  const warn = status.state !== "Stopped" && (status.reasons.includes("AttentionRequired") || status.conditions.some((each) => each.severity !== "Informational"));
  const lamps = [
    ["Ready", status.state === "Idle", "good"], ["Scanning", status.state === "Processing", "busy"],
    ["Attention", warn, "warn"], ["Stopped", status.state === "Stopped", "bad"],
  ];
  return html`
    <ul class="lamps" aria-label="Lamps">
      ${lamps.map(([name, on, colour]) => html`<li key=${name} class=${on ? `on ${colour}` : ""}><span class="lamp" aria-hidden="true"></span>${name}<span class="unseen">${on ? " on" : " off"}</span></li>`)}
    </ul>
    ${status.conditions.length > 0 && html`
      <ul class="chips" aria-label="Conditions">
        ${status.conditions.map((each) => html`<li key=${each.id} class=${each.severity === "Critical" ? "bad" : each.severity === "Warning" ? "warn" : "quiet"}>
          <${Said} text=${WORDS[each.name] || each.name} most=${60} /> · ${AT[each.component] || each.component}</li>`)}
      </ul>`}`;
}

function Wrong({ base, parts, status, again }) {
  const { looks, act } = useContext(Panel);
  const has = { ADF: parts.feeder, Film: parts.film, Platen: parts.platen, MediaPath: true };
  const is = (name, component) => status.conditions.some((each) => each.name === name && (!component || each.component === component));
  const set = async (name, component, on) => {
    await act(() => api.post(`${base}/condition`, { name, component, on }));
    again();
  };
  const toggle = (label, name, component) => {
    const on = is(name, component);
    return html`<button key=${label} type="button" class="toggle" role="switch" aria-checked=${on ? "true" : "false"} disabled=${looks} onClick=${() => set(name, component, !on)}><span class="knob" aria-hidden="true"></span>${label}</button>`;
  };
  return html`
    <${Card} id="wrong" title="What goes wrong">
      <div class="toggles">
        ${["Platen", "ADF", "MediaPath", "Film"].filter((each) => has[each]).map((each) => toggle(`Cover open: ${AT[each]}`, "CoverOpen", each))}
        ${parts.feeder && toggle("Paper jam: feeder", "MediaJam", "ADF")}
        ${toggle("Paper jam: paper path", "MediaJam", "MediaPath")}
        ${parts.feeder && toggle("Double feed", "MultipleFeedError", "ADF")}
        ${toggle("Lamp error", "LampError", parts.platen ? "Platen" : parts.feeder ? "ADF" : "Film")}
        ${toggle("Storage full", "InternalStorageFull", "MediaPath")}
        <button type="button" class="toggle" role="switch" aria-checked=${status.reasons.includes("AttentionRequired") && !status.conditions.length ? "true" : "false"} disabled=${looks}
          onClick=${async () => { await act(() => api.post(`${base}/attention`, { on: !status.reasons.includes("AttentionRequired") })); again(); }}><span class="knob" aria-hidden="true"></span>Asks for attention</button>
      </div>
      <div class="buttons left">
        <${Confirm} label="Reset the device" question="Jobs are cancelled, conditions end, and the feeder is filled as at the start." yes="Reset" disabled=${looks}
          onYes=${async () => { await act(() => api.post(`${base}/reset`), "The device is as at the start."); again(); }} />
      </div>
    <//>`;
}

/** The job that runs or was the last: page by page, with pictures where the scan server is of this process. */
function Job({ uuid, job, status, passed, base }) {
  const [rate, setRate] = useState(null);
  const pages = useRef([]);
  const number = job?.number;
  useEffect(() => { pages.current = []; setRate(null); }, [number]);
  useEffect(() => onNews((news) => {
    if (news.kind !== "events") return;
    const times = news.events.filter((each) => each.kind === "page" && each.device === uuid).map((each) => Date.parse(each.time));
    if (!times.length) return;
    pages.current.push(...times);
    const all = pages.current;
    if (all.length > 1 && all.at(-1) > all[0]) setRate(60000 * (all.length - 1) / (all.at(-1) - all[0]));
  }), [uuid]);
  const [scan] = useLive(async () => {
    if (!job) return null;
    const token = job.result?.job_token || (await api.journal({ device: uuid, kind: "job" })).events.filter((each) => each.data.what === "created").at(-1)?.data.token;
    return token ? (await api.get(api.path("/scans", { token }))).scans[0] || null : null;
  }, [uuid, number, job?.done], (event) => ["image", "job", "state"].includes(event.kind) || (event.kind === "exchange" && event.data.document_id));
  if (!job) {
    return html`<${Card} id="job" title="Job"><${Empty}>No job yet. Load paper, then press Start.<//><${ScanJobs} status=${status} /><//>`;
  }
  const images = scan?.images || [];
  const share = job.done ? 100 : job.total ? Math.min(100, Math.round(100 * job.scanned / job.total)) : 0;
  const leaving = images.length ? [] : passed;
  return html`
    <${Card} id="job" title=${job.done ? "Last job" : "Job"} class="job" aside=${html`<${State} state=${job.done ? job.outcome : "Processing"} />`}>
      <p class="line"><b><${Said} text=${job.scan_process || "scan process"} most=${80} /></b> <span class="quiet">for <${Said} text=${job.user || "…"} most=${80} /></span></p>
      <progress max="100" value=${share} aria-label="Pages that have been scanned">${share} %</progress>
      <p class="figures">
        <span><b>${job.scanned}</b>${job.total ? ` of ${job.total}` : ""} scanned</span>
        <span><b>${job.acknowledged}</b> ${job.acknowledged === 1 ? "document" : "documents"} delivered</span>
        ${rate && html`<span><b>${rate < 10 ? rate.toFixed(1) : Math.round(rate)}</b> pages a minute</span>`}
        <span class="quiet">since ${clock(job.begun)}</span>
      </p>
      ${leaving.length > 0 && html`
        <ul class="strip" aria-label="Pages that have left the scan head" tabindex="0">
          ${leaving.map((each, index) => html`<li key=${each}><${Thumb} src=${`${base}/sheets/${each}?width=160`} name=${`Page ${index + 1}`} lazy=${false} /><span>${index + 1}</span></li>`)}
        </ul>`}
      ${images.length > 0 && html`
        <ul class="strip" aria-label="Pages that have arrived" tabindex="0">
          ${images.slice(-40).map((each) => html`
            <li key=${each.document_id}><a href=${`#/inbox/${encodeURIComponent(scan.token)}/${each.document_id}`}>
              <${Thumb} src=${`/scans/${encodeURIComponent(scan.token)}/images/${each.document_id}?width=120`} name=${`Document ${each.document_id}`} />
              <span>${each.document_id}</span></a></li>`)}
        </ul>`}
      ${scan && html`<p><a href=${`#/inbox/${encodeURIComponent(scan.token)}`}>Show it in the inbox</a>${job.result?.images?.length ? ` · ${octets(job.result.images.reduce((sum, each) => sum + each.bytes, 0))}` : ""}</p>`}
      ${job.done && (job.error || job.result?.reason) && html`<p class="problem"><${Said} text=${job.error || job.result.reason} most=${400} /> ${job.hint && html`<span class="hint"><${Said} text=${job.hint} most=${300} /></span>`}</p>`}
      ${job.done && html`<${ScanJobs} status=${status} />`}
    <//>`;
}

/** Scan jobs of computers (WS-Scan) that have not ended. */
function ScanJobs({ status }) {
  return status.active_jobs.length > 0 && html`
    <h3>Scan jobs</h3>
    <ul class="plain-list">
      ${status.active_jobs.map((each) => html`<li key=${each.job_id}><b>${each.job_id}</b> <${Said} text=${each.job_name} most=${80} /> <span class="quiet">for <${Said} text=${each.originating_user} most=${80} /></span> <${State} state=${each.state} /> ${plural(each.scans_completed, "image")}</li>`)}
    </ul>`;
}

function Addresses({ status, abilities }) {
  const rows = [
    ...status.xaddrs.map((each) => ["Metadata", each]), ["WS-Scan", status.scan_service], ["WS-DSD", status.device_service],
  ].filter(([, each]) => each);
  return html`
    <${Card} id="addresses" title="Addresses">
      ${rows.length ? html`
        <dl class="facts">
          ${rows.map(([name, url]) => html`<div key=${name + url}><dt>${name}</dt><dd><code>${url}</code></dd></div>`)}
          <div><dt>UUID</dt><dd><code>${status.uuid}</code></dd></div>
          <div><dt>Profile</dt><dd><${Said} text=${status.profile} most=${80} /></dd></div>
          <div><dt>Serial number</dt><dd><${Said} text=${abilities.serial_number} most=${80} /></dd></div>
          ${abilities.habits.length > 0 && html`<div><dt>Habits</dt><dd>${abilities.habits.join(", ")}</dd></div>`}
        </dl>` : html`<${Empty}>It is not on the network.<//>`}
      ${status.destinations.length > 0 && html`
        <h3>Computers that can be scanned to</h3>
        <ul class="plain-list">${status.destinations.map((each) => html`<li key=${each.client_context}><${Said} text=${each.display_name} most=${80} /></li>`)}</ul>`}
    <//>`;
}
