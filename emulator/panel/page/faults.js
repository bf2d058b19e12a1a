// Faults of a plan: those that are asked for most as switches, and the plan itself.

import * as api from "./api.js";
import { done } from "./live.js";
import { Card, html, Panel, plural, Problem, Said, useContext, useLive, useState } from "./core.js";

const READY = [
  ["jam at page 3", "Paper jam before page 3, for 5 s", 'at = "page"\npage = 3\ndo = "MediaJam"\nfor = 5'],
  ["double feed at page 2", "Double feed at page 2, a sheet is lost", 'at = "page"\npage = 2\ndo = "double-feed"'],
  ["slow scan head", "Each page 2 s later", 'at = "page"\nevery = 1\ndo = "slow"\nseconds = 2'],
  ["second image cut", "Connection lost in the middle of image 2", 'at = "wire"\noperation = "SendImage"\nimage = 2\noffset = "50 %"\ndo = "reset"'],
  ["late answers", "Answers to SendImage 2 s late", 'at = "exchange"\noperation = "SendImage"\nevery = 1\ndo = "late"\nseconds = 2\nwhen = "after"'],
  ["no closing delimiter", "Image 1 without the last delimiter", 'at = "package"\noperation = "SendImage"\nimage = 1\ndo = "no-closing-delimiter"'],
];
const toml = ([name, , text]) => `[[fault]]\nname = "${name}"\n${text}\nmay_miss = true\n`;

export function Faults() {
  const { looks, act } = useContext(Panel);
  const [told, problem, again] = useLive(() => api.get("/faults"), [], (event) => event.kind === "fault");
  const [plan, setPlan] = useState(null);
  const names = (told?.faults || []).map((each) => each.name);
  const own = names.filter((name) => !READY.some(([ready]) => ready === name));
  const put = async (text, words) => {
    if (await act(() => (text ? api.put("/faults", text, "application/toml") : api.send("DELETE", "/faults")), words)) done("fault");
    again();
  };
  const turn = (name) => {
    const on = READY.filter(([ready]) => (ready === name ? !names.includes(name) : names.includes(ready)));
    put(on.map(toml).join("\n"), names.includes(name) ? `Off: ${name}.` : `On: ${name}.`);
  };
  const fired = (name) => told?.faults.find((each) => each.name === name)?.fired || 0;
  return html`
    <${Card} id="faults" title="Faults" aside=${told && html`<span>${told.faults.length ? plural(told.faults.length, "fault") : "none"}${told.firings.length ? ` · fired ${told.firings.length} times` : ""}</span>`}>
      <${Problem} error=${problem} />
      ${own.length > 0 && html`<p class="line">A plan of your own acts: <${Said} text=${told.plan} most=${120} /></p>
        <ul class="plain-list">${told.faults.map((each, index) => html`<li key=${index}><b><${Said} text=${each.name} most=${80} /></b> <span class="quiet">${each.do}, fired ${each.fired} times</span></li>`)}</ul>`}
      ${own.length === 0 && html`
        <div class="toggles">
          ${READY.map(([name, words]) => html`
            <button key=${name} type="button" class="toggle" role="switch" aria-checked=${names.includes(name) ? "true" : "false"} disabled=${looks || !told} onClick=${() => turn(name)}>
              <span class="knob" aria-hidden="true"></span>${words}${fired(name) > 0 && html` <span class="count">${fired(name)}×</span>`}</button>`)}
        </div>`}
      ${!looks && html`
        <details>
          <summary>A plan of your own</summary>
          <label class="block">Fault plan (TOML)
            <textarea rows="8" spellcheck="false" value=${plan ?? (READY.filter(([name]) => names.includes(name)).map(toml).join("\n") || toml(READY[0]))} onInput=${(event) => setPlan(event.target.value)}></textarea>
          </label>
          <div class="buttons left">
            <button type="button" class="primary" onClick=${(event) => put(event.target.closest("details").querySelector("textarea").value, "The plan acts.")}>Have it act</button>
            ${names.length > 0 && html`<button type="button" onClick=${() => put("", "No faults any more.")}>All off</button>`}
          </div>
        </details>`}
    <//>`;
}
