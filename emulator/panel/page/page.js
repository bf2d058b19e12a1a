// One page of a scan document, whole, with what is true of it drawn over it.

import * as api from "./api.js";
import { Empty, html, octets, plural, Problem, Said, useLive, useMemo, useState } from "./core.js";
import { Same } from "./inbox.js";

const WIDTH = 1200;
const KINDS = { words: "words", lines: "lines", fields: "fields", codes: "codes", tables: "tables", regions: "regions" };
const MOST = 4000;

export function Page({ scan, number, page }) {
  const place = `/scans/${encodeURIComponent(scan.token)}/images/${number}`;
  const link = (document, at) => `#/inbox/${encodeURIComponent(scan.token)}/${document}${at > 1 ? `/${at}` : ""}`;
  const image = scan.images.find((each) => each.document_id === number);
  const [facts, problem] = useLive(() => (image ? api.get(`${place}/facts`) : Promise.resolve(null)), [place, Boolean(image)], () => false);
  const [truth] = useLive(() => (facts?.truth ? api.get(`${place}/truth`) : Promise.resolve(null)), [place, Boolean(facts?.truth)], () => false);
  const [shown, setShown] = useState(new Set(["words"]));
  const [marked, setMarked] = useState(null);
  const [failed, setFailed] = useState("");
  const own = truth?.pages[page - 1];
  const fact = facts?.pages[page - 1];
  const count = facts?.pages.length || 1;
  const marks = useMemo(() => (own ? Object.keys(KINDS).filter((kind) => shown.has(kind)).flatMap((kind) => (own[kind] || []).slice(0, MOST).map((each, index) => ({
    kind, key: `${kind}${index}`, text: textOf(kind, each), points: (each.polygon || []).map((point) => point.join(",")).join(" "), hand: each.hand, source: each.source,
  }))) : []), [own, shown]);
  if (!image) return html`<div class="view"><p><a href=${`#/inbox/${encodeURIComponent(scan.token)}`}>Back to the job</a></p><${Empty}>This document is not here any more.<//></div>`;
  const order = scan.images.map((each) => each.document_id);
  const at = order.indexOf(number);
  const before = page > 1 ? link(number, page - 1) : at > 0 ? link(order[at - 1], 1) : null;
  const next = page < count ? link(number, page + 1) : at + 1 < order.length ? link(order[at + 1], 1) : null;
  const sent = scan.ticket.sent.find((each) => each.document_id === number);
  const turn = (kind) => { const other = new Set(shown); if (!other.delete(kind)) other.add(kind); setShown(other); };
  const source = `${place}?width=${WIDTH}&page=${page}`;
  const size = own?.image || fact;
  return html`
    <div class="view page">
      <div class="title">
        <h1>Document ${number}${count > 1 ? `, page ${page} of ${count}` : ""}</h1>
        <p><a href=${`#/inbox/${encodeURIComponent(scan.token)}`}>‹ <${Said} text=${scan.scan_process} most=${60} /></a></p>
        <div class="buttons">
          <a class=${`button ${before ? "" : "off"}`} href=${before || undefined} aria-disabled=${before ? undefined : "true"}>‹ Before</a>
          <a class=${`button ${next ? "" : "off"}`} href=${next || undefined} aria-disabled=${next ? undefined : "true"}>Next ›</a>
          <a class="button primary" href=${place} download=${`document-${number}${ending(image)}`}>Download</a>
        </div>
      </div>
      <${Problem} error=${problem} />
      <div class="page-columns">
        <div class="sheet card">
          ${failed === source ? html`<${Empty}>No picture can be made of this document. It can be downloaded as it came.<//>` : html`
            <div class="paper-sheet">
              <img key=${source} src=${source} alt=${`Document ${number}, page ${page}`} onError=${() => setFailed(source)} />
              ${own && size && html`
                <svg class="marks" viewBox=${`0 0 ${size.width} ${size.height}`} preserveAspectRatio="none" aria-hidden="true">
                  ${marks.map((each) => html`<polygon key=${each.key} class=${`${each.kind} ${each.hand ? "hand" : ""} ${marked === each.key ? "marked" : ""}`} points=${each.points} onMouseEnter=${() => setMarked(each.key)}><title>${each.text.slice(0, 300)}</title></polygon>`)}
                </svg>`}
            </div>`}
        </div>
        <aside class="about">
          ${own && html`
            <section class="card" aria-labelledby="truth"><header><h2 id="truth">What is on it</h2><div class="aside"><${Said} text=${own.kind} most=${40} />, ${own.language}</div></header>
              <fieldset class="kinds"><legend class="unseen">Shown over the page</legend>
                ${Object.entries(KINDS).filter(([kind]) => own[kind]?.length).map(([kind, words]) => html`<label key=${kind} class=${shown.has(kind) ? "on" : ""}><input type="checkbox" checked=${shown.has(kind)} onChange=${() => turn(kind)} />${words} <span class="count">${own[kind].length}</span></label>`)}
              </fieldset>
              <p class="marked" role="status">${marked ? html`<${Said} text=${marks.find((each) => each.key === marked)?.text || ""} most=${300} />` : html`<span class="quiet">Point at something on the page.</span>`}</p>
              ${own.fields?.length > 0 && html`
                <h3>Fields</h3>
                <dl class="facts">${own.fields.slice(0, 60).map((each, index) => html`<div key=${index}><dt>${each.name}</dt><dd><${Said} text=${each.value} most=${200} /></dd></div>`)}</dl>`}
              <details><summary>${plural(own.lines?.length || 0, "line")} of text</summary>
                <div class="text" dir="auto" tabindex="0" role="region" aria-label="Text">${(own.lines || []).map((each, index) => html`<p key=${index} dir="auto">${each.text}</p>`)}</div></details>
            </section>`}
          <section class="card" aria-labelledby="file"><header><h2 id="file">File</h2></header>
            <dl class="facts">
              <div><dt>Format</dt><dd>${image.format} <span class="quiet">${image.media_type}</span></dd></div>
              <div><dt>Size</dt><dd>${octets(image.bytes)}</dd></div>
              ${fact && html`<div><dt>Pixels</dt><dd>${fact.width} × ${fact.height}, ${({ 1: "black and white", L: "grey", RGB: "colour" })[fact.mode] || fact.mode}</dd></div>`}
              ${fact?.resolution && html`<div><dt>Resolution</dt><dd>${fact.resolution.map((each) => Math.round(each)).join(" × ")} ppi</dd></div>`}
              <div><dt>Stored</dt><dd><code class="hash">${image.sha256}</code></dd></div>
              ${sent && html`<div><dt>Sent</dt><dd><code class="hash">${sent.sha256}</code> <${Same} sent=${sent} stored=${image} /></dd></div>`}
              ${image.files.map((each) => html`<div key=${each}><dt>File</dt><dd><${Said} text=${each} most=${400} /></dd></div>`)}
            </dl>
          </section>
          ${facts && !facts.truth && html`<p class="quiet">What is on this page is not known: it is of document sets that devices of this process scan.</p>`}
        </aside>
      </div>
    </div>`;
}

function textOf(kind, each) {
  switch (kind) {
    case "words": case "lines": return each.text;
    case "fields": return `${each.name}: ${each.value}`;
    case "codes": return `${each.kind}: ${each.value}`;
    case "tables": return `table ${each.name}`;
    default: return each.kind;
  }
}

function ending({ files }) {
  return /\.[A-Za-z0-9]{1,5}$/.exec(files[0] || "")?.[0] || "";
}
