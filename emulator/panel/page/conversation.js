// What goes over the wire, as it happens: exchanges, events, deviations with their clauses; each with its envelopes.

import * as api from "./api.js";
import { clock, Empty, html, octets, plural, Problem, Said, useEffect, useLive, useMemo, useRef, useState, useWindow } from "./core.js";
import { onNews } from "./live.js";
import { Xml } from "./xml.js";

const ROW = 40;
const KEPT = 10000;
const KINDS = { exchange: "exchanges", event: "events", deviation: "deviations", fault: "faults", retry: "retries", warning: "warnings", datagram: "discovery", delivery: "deliveries", job: "jobs" };
const FIRST = ["exchange", "event", "deviation", "fault", "retry", "warning", "delivery", "job"];

export function Conversation({ chosen }) {
  const [entries, setEntries] = useState(null);
  const [problem, setProblem] = useState(null);
  const [kinds, setKinds] = useState(new Set(FIRST));
  const [text, setText] = useState("");
  const [inside, setInside] = useState(null); // numbers of exchanges with that text in their envelopes
  const [follow, setFollow] = useState(true);
  const held = useRef([]);
  useEffect(() => {
    let gone = false, after = 0, busy = false, wanted = false;
    const read = async () => {
      if (busy) { wanted = true; return; }
      busy = true;
      try {
        await api.get("/exchanges");
        const all = await api.journal();
        if (gone) return;
        after = all.last;
        held.current = all.events.slice(-KEPT);
        setEntries(held.current);
        setProblem(null);
      } catch (error) { if (!gone) setProblem(error); }
      busy = false;
      if (wanted) { wanted = false; read(); }
    };
    read();
    const off = onNews((news) => {
      if (news.kind === "refresh") read();
      if (news.kind === "events") {
        const fresh = news.events.filter((each) => each.number > after);
        if (!fresh.length || busy) { if (busy) wanted = true; return; }
        after = fresh.at(-1).number;
        held.current = [...held.current, ...fresh].slice(-KEPT);
        setEntries(held.current);
      }
    });
    return () => { gone = true; off(); };
  }, []);
  useEffect(() => {
    if (!text.trim()) { setInside(null); return undefined; }
    let gone = false;
    const timer = setTimeout(() => api.get(api.path("/exchanges", { text: text.trim() }))
      .then((found) => !gone && setInside(new Set(found.numbers)), (error) => !gone && setProblem(error)), 250);
    return () => { gone = true; clearTimeout(timer); };
  }, [text, entries?.length]);
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return (entries || []).filter((each) => kinds.has(each.kind)
      && (!wanted || inside?.has(each.number) || lineOf(each).toLowerCase().includes(wanted) || (each.who || "").toLowerCase().includes(wanted)));
  }, [entries, kinds, text, inside]);
  const [first, last, onScroll, ref] = useWindow(found.length, ROW);
  useEffect(() => { if (follow && ref.current) ref.current.scrollTop = ref.current.scrollHeight; }, [found.length, follow]);
  const number = chosen ? Number(chosen) : null;
  useEffect(() => { if (number) setFollow(false); }, [number]); // who reads is not scrolled away
  const entry = number ? (entries || []).find((each) => each.number === number) : null;
  const turn = (kind) => {
    const next = new Set(kinds);
    if (!next.delete(kind)) next.add(kind);
    setKinds(next);
  };
  return html`
    <div class="view conversation">
      <div class="title"><h1>Conversation</h1>
        <p><a class="button" href="/exchanges.har" download="exchanges.har">Download HAR</a></p></div>
      <div class="filters" role="search">
        <label class="grow">Search <input type="search" value=${text} placeholder="operation, address, or anything in an envelope" onInput=${(event) => setText(event.target.value)} /></label>
        <label class="check"><input type="checkbox" checked=${follow} onChange=${(event) => setFollow(event.target.checked)} /> follow</label>
        <p class="aside" role="status">${entries ? `${found.length} of ${entries.length}` : "…"}</p>
      </div>
      <fieldset class="kinds"><legend class="unseen">Kinds</legend>
        ${Object.entries(KINDS).map(([kind, words]) => html`<label key=${kind} class=${kinds.has(kind) ? "on" : ""}><input type="checkbox" checked=${kinds.has(kind)} onChange=${() => turn(kind)} />${words}</label>`)}
      </fieldset>
      <${Problem} error=${problem} />
      <div class=${`split ${number ? "chosen" : ""}`}>
        <div class="rows card" ref=${ref} onScroll=${() => { onScroll(); const at = ref.current; if (follow && at.scrollTop + at.clientHeight < at.scrollHeight - 4 * ROW) setFollow(false); }} tabindex="0" role="region" aria-label="What has happened">
          <table aria-rowcount=${found.length + 1}>
            <thead><tr><th scope="col">Time</th><th scope="col">What</th><th scope="col" class="wide">Whose</th><th scope="col" class="number">Size</th><th scope="col" class="number">ms</th></tr></thead>
            <tbody>
              ${first > 0 && html`<tr key="before" class="spacer" aria-hidden="true" style=${{ height: `${first * ROW}px` }}><td></td></tr>`}
              ${found.slice(first, last).map((each, index) => html`<${Row} key=${each.number} entry=${each} index=${first + index + 2} chosen=${each.number === number} />`)}
              ${last < found.length && html`<tr key="after" class="spacer" aria-hidden="true" style=${{ height: `${(found.length - last) * ROW}px` }}><td></td></tr>`}
            </tbody>
          </table>
          ${entries && !found.length && html`<${Empty}>${entries.length ? "Nothing is like that." : "Nothing has gone over the wire yet."}<//>`}
        </div>
        ${number ? html`<${Detail} number=${number} entry=${entry} />` : null}
      </div>
    </div>`;
}

const hasEnvelopes = (entry) => entry.kind === "exchange" || entry.kind === "event";

function Row({ entry, index, chosen }) {
  const { data, kind } = entry;
  const bad = data.fault || data.error || data.status >= 400 || kind === "deviation" || kind === "fault" || kind === "warning" || (kind === "delivery" && data.reason);
  const sizes = hasEnvelopes(entry) ? octets(data.request_octets + data.answer_octets) : "";
  return html`
    <tr class=${`row ${kind} ${bad ? "bad" : ""} ${chosen ? "chosen" : ""}`} aria-rowindex=${index} aria-selected=${chosen ? "true" : undefined} onClick=${() => { location.hash = `#/conversation/${entry.number}`; }}>
      <td><a href=${`#/conversation/${entry.number}`} aria-label=${`${clock(entry.time)}, ${lineOf(entry).slice(0, 200)}`} onClick=${(event) => event.stopPropagation()}>${clock(entry.time)}</a></td>
      <td class="what"><span class="arrow" aria-hidden="true">${data.direction === "sent" ? "→" : data.direction === "received" ? "←" : "·"}</span><${Said} text=${lineOf(entry)} most=${160} /></td>
      <td class="wide"><${Said} text=${entry.who} most=${40} /></td>
      <td class="number">${sizes}</td>
      <td class="number">${data.ms == null ? "" : data.ms < 10 ? data.ms.toFixed(1) : Math.round(data.ms)}</td>
    </tr>`;
}

function lineOf({ kind, data }) {
  switch (kind) {
    case "exchange": case "event": {
      const of = data.document_id ? ` ${data.document_id}` : "";
      const end = data.error ? ` ✕ ${data.error}` : data.fault ? ` ✕ ${data.fault}` : data.status >= 400 ? ` ✕ HTTP ${data.status}` : "";
      return `${data.operation}${of}${data.again ? ` (${data.again})` : ""}${end}`;
    }
    case "deviation": return `deviation ${data.id}: ${data.detail || data.place}${data.clause ? ` [${data.clause}]` : ""}`;
    case "fault": return `fault ‘${data.name}’: ${data.do} ${data.where || ""}`;
    case "retry": return `${data.what} ${data.operation}${data.reason ? `: ${data.reason}` : ""}`;
    case "warning": return data.text;
    case "datagram": return `${data.operation || "datagram"} ${data.peer}`;
    case "delivery": return `delivery to ${data.target}: ${data.reason || `${data.documents} documents`}${data.detail ? `, ${data.detail}` : ""}`;
    case "job": return `job ${data.what}${data.name ? ` ${data.name}` : ""}${data.outcome ? `: ${data.outcome}` : ""}${data.reason ? `, ${data.reason}` : ""}`;
    default: return kind;
  }
}

function Detail({ number, entry }) {
  const envelopes = entry && hasEnvelopes(entry);
  const [told, problem] = useLive(async () => {
    if (!envelopes) return null;
    const kept = await api.get("/exchanges");
    return kept.numbers.includes(number) ? api.get(`/exchanges/${number}`) : false;
  }, [number, Boolean(envelopes)], () => false);
  const [side, setSide] = useState("request");
  const [plain, setPlain] = useState(false);
  const message = told && (side === "request" ? told.request : told.response);
  const body = message && (side === "request" ? message.postData?.text || "" : message.content.text || "");
  const parts = (told && side === "request" && told.request.postData?._attachments) || [];
  const tab = (name, words, extra) => html`<button key=${name} type="button" role="tab" id=${`tab-${name}`} aria-controls="message" aria-selected=${side === name ? "true" : "false"} onClick=${() => setSide(name)}>${words} <span class="quiet">${extra}</span></button>`;
  return html`
    <section class="detail card" aria-label="The exchange">
      <header><h2>${entry ? html`<${Said} text=${lineOf(entry)} most=${200} />` : `Entry ${number}`}</h2>
        <a class="close" href="#/conversation" aria-label="Close">✕</a></header>
      ${!entry && html`<${Empty}>It is not in the journal any more.<//>`}
      ${entry && !envelopes && html`
        <dl class="facts">${Object.entries(entry.data).filter(([, value]) => value !== "" && value !== null).map(([name, value]) => html`
          <div key=${name}><dt>${name.replaceAll("_", " ")}</dt><dd><${Said} text=${typeof value === "object" ? JSON.stringify(value) : value} most=${600} /></dd></div>`)}
        </dl>`}
      <${Problem} error=${problem} />
      ${envelopes && told === false && html`<${Empty}>Its envelopes are not kept: they are from the moment on at which somebody opens the panel, and the newest alone.<//>`}
      ${told && html`
        <p class="line"><b>${told.request.method}</b> <code><${Said} text=${told.request.url} most=${300} /></code></p>
        <div class="tabs" role="tablist" aria-label="Message">
          ${tab("request", "Request", octets(told.request.bodySize))}
          ${tab("response", told.response.status ? `Answer ${told.response.status}` : "No answer", octets(told.response.content.size))}
          <label class="check right"><input type="checkbox" checked=${plain} onChange=${(event) => setPlain(event.target.checked)} /> as sent</label>
        </div>
        <div id="message" role="tabpanel" aria-labelledby=${`tab-${side}`} tabindex="0">
          ${parts.length > 0 && html`
            <table class="parts"><caption>Parts</caption><thead><tr><th scope="col">Content-ID</th><th scope="col">Type</th><th scope="col" class="number">Size</th><th scope="col">SHA-256</th></tr></thead>
              <tbody>${parts.map((each) => html`<tr key=${each.contentId}><td><${Said} text=${each.contentId} most=${60} /></td><td><${Said} text=${each.mimeType} most=${60} /></td><td class="number">${octets(each.size)}</td><td><code title=${each.sha256}>${each.sha256.slice(0, 12)}…</code></td></tr>`)}</tbody>
            </table>`}
          ${told.response._error && side === "response" && html`<p class="problem"><${Said} text=${told.response._error} most=${300} /></p>`}
          ${told._faults && html`<p class="problem">On purpose: ${told._faults.join(", ")}</p>`}
          ${body ? html`<${Xml} text=${body} plain=${plain} />` : html`<${Empty}>No body.<//>`}
          <details class="headers"><summary>${plural(message.headers.length, "header")}</summary>
            <dl class="facts">${message.headers.map((each, index) => html`<div key=${index}><dt>${each.name}</dt><dd><${Said} text=${each.value} most=${400} /></dd></div>`)}</dl></details>
        </div>`}
    </section>`;
}
