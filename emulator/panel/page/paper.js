// What lies in the device, and what is laid in: letters, a document set, files that are dropped.

import * as api from "./api.js";
import { Card, Empty, html, Panel, plural, Problem, Thumb, useContext, useLive, useRef, useState } from "./core.js";

export function Paper({ base, parts, status, lying, problem, again }) {
  const { looks, act, tell } = useContext(Panel);
  const places = [...(parts.feeder ? [["feeder", "feeder"]] : []), ...(parts.platen ? [["platen", "glass"]] : []), ...(parts.film ? [["film", "film holder"]] : [])];
  const [place, setPlace] = useState(places[0]?.[0] || "feeder");
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState(false);
  const [laid, setLaid] = useState(0); // how often something was laid onto the glass
  const chooser = useRef(null);
  const [sets] = useLive(() => api.get("/document-sets"), [], () => false);
  const [set, setSet] = useState("");
  const [count, setCount] = useState("");
  const [twoSided, setTwoSided] = useState(false);
  const [replace, setReplace] = useState(true);
  const seen = () => { again(); setLaid((before) => before + 1); };
  const lay = async (files) => {
    if (!files.length || looks) return;
    setBusy(true);
    let good = 0;
    for (const file of files) {
      const where = place === "feeder" ? { two_sided: twoSided ? "true" : undefined } : {};
      if (await act(() => api.lay(api.path(`${base}/pages`, { name: file.name || "file", place, ...where }), file))) good += 1;
      else break;
      if (place !== "feeder") break;
    }
    setBusy(false);
    if (good) tell(`${plural(good, "file")} laid in.`);
    seen();
  };
  const load = async (event) => {
    event.preventDefault();
    setBusy(true);
    const sheets = count ? Number(count) : undefined;
    const body = set ? { documents: set, ...(sheets ? { sheets } : {}) } : { sheets: sheets || 5 };
    if (await act(() => api.post(`${base}/load`, { ...body, two_sided: twoSided, replace }), "Paper is in the feeder.")) seen();
    setBusy(false);
  };
  return html`
    <${Card} id="paper" title="Paper" aside=${parts.feeder && status.sheets != null && html`<span>${status.sheets} of ${plural(status.capacity, "sheet")}</span>`}>
      <${Problem} error=${problem} />
      <div class="lying">
        ${parts.platen && html`<figure class="on-glass"><${Thumb} key=${`p${laid}`} src=${`${base}/sheets/platen?width=160`} name="On the glass" lazy=${false} /><figcaption>glass</figcaption></figure>`}
        ${parts.film && html`<figure class="on-glass"><${Thumb} key=${`f${laid}`} src=${`${base}/sheets/film?width=160`} name="In the film holder" lazy=${false} /><figcaption>film</figcaption></figure>`}
        ${parts.feeder && (lying?.sheets.length ? html`
          <ul class="strip sheets" aria-label="Sheets in the feeder" tabindex="0">
            ${lying.sheets.map((each, index) => html`<li key=${each}><${Thumb} src=${`${base}/sheets/${each}?width=160`} name=${`Sheet ${index + 1}`} /><span>${index + 1}</span></li>`)}
            ${status.sheets > lying.sheets.length && html`<li class="more">and ${status.sheets - lying.sheets.length} more</li>`}
          </ul>` : html`<${Empty}>${lying ? "Nothing lies in the feeder." : "…"}<//>`)}
      </div>
      ${!looks && html`
        <div class=${`drop ${over ? "over" : ""}`} onDragOver=${(event) => { event.preventDefault(); setOver(true); }} onDragLeave=${() => setOver(false)}
          onDrop=${(event) => { event.preventDefault(); setOver(false); lay([...event.dataTransfer.files]); }}>
          <p>Drop images or PDFs here, or <button type="button" class="link" onClick=${() => chooser.current.click()} disabled=${busy}>choose files</button></p>
          <input ref=${chooser} type="file" multiple hidden aria-label="Files to be laid in" onChange=${(event) => { lay([...event.target.files]); event.target.value = ""; }} />
          ${places.length > 1 && html`
            <fieldset class="choice"><legend class="unseen">Where files go</legend>
              ${places.map(([name, words]) => html`<label key=${name}><input type="radio" name="place" value=${name} checked=${place === name} onChange=${() => setPlace(name)} /> ${words}</label>`)}
            </fieldset>`}
        </div>
        ${parts.feeder && html`
          <form class="fields" onSubmit=${load} aria-label="Load the feeder">
            <label class="grow">Documents
              <select value=${set} onChange=${(event) => setSet(event.target.value)}>
                <option value="">letters</option>
                ${(sets?.sets || []).map((each) => html`<option key=${each.name} value=${each.name} disabled=${Boolean(each.problem)}>${each.name}${each.page_count ? ` (${plural(each.page_count, "page")})` : ""}</option>`)}
              </select>
            </label>
            <label class="short">Sheets <input type="number" min="1" max=${status.capacity || 1000} value=${count} placeholder=${set ? "all" : "5"} onInput=${(event) => setCount(event.target.value)} /></label>
            <label class="check"><input type="checkbox" checked=${twoSided} onChange=${(event) => setTwoSided(event.target.checked)} /> two-sided</label>
            <label class="check"><input type="checkbox" checked=${replace} onChange=${(event) => setReplace(event.target.checked)} /> in place of what lies there</label>
            <button class="primary" disabled=${busy}>${busy ? "Loading …" : "Load"}</button>
          </form>`}`}
    <//>`;
}
