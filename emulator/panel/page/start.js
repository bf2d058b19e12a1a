// A post-scan job is begun: who, by which scan process, and what of the ticket is other than it says.

import * as api from "./api.js";
import { Card, html, Panel, Problem, spaced, useContext, useLive, useState } from "./core.js";

const COLOURS = {
  BlackAndWhite1: "black and white", Grayscale4: "grey, 16 shades", Grayscale8: "grey", Grayscale16: "grey, 16 bits", RGB24: "colour",
  RGB48: "colour, 48 bits", RGBa32: "colour with alpha", RGBa64: "colour with alpha, 64 bits",
};
const SOURCES = { ADF: "feeder", ADFDuplex: "feeder, both sides", Platen: "glass", Film: "film holder" };

export function Start({ base, abilities, status, running }) {
  const { looks, act } = useContext(Panel);
  const [user, setUser] = useState("");
  const [process, setProcess] = useState("");
  const [ticket, setTicket] = useState({});
  const [begins, setBegins] = useState(false);
  const [choices, problem] = useLive(() => api.get(api.path("/scan-processes", { user })), [user], () => false);
  const source = abilities.sources.find((each) => each.name === ticket.InputSource) || abilities.sources.find((each) => each.name === abilities.default.input_source) || abilities.sources[0];
  const set = (name) => (event) => setTicket({ ...ticket, [name]: event.target.value });
  const start = async (event) => {
    event.preventDefault();
    if (looks || running || begins) return;
    setBegins(true);
    const settings = Object.entries(ticket).filter(([, value]) => value !== "").map(([name, value]) => `${name}=${value}`);
    await act(() => api.post(`${base}/start`, {
      ...(settings.length ? { settings } : {}), ...(user ? { user } : {}), ...(process ? { scan_process: process } : {}),
    }), "The job has begun.");
    setBegins(false);
  };
  const choice = (name, label, options, words = (each) => each) => html`
    <label key=${name}>${label}
      <select value=${ticket[name] || ""} onChange=${set(name)}>
        <option value="">as scan process</option>
        ${options.map((each) => html`<option key=${each} value=${each}>${words(each)}</option>`)}
      </select>
    </label>`;
  return html`
    <${Card} id="scan" title="Scan">
      <${Problem} error=${problem} />
      <form id="start" onSubmit=${start} aria-labelledby="scan">
        <fieldset disabled=${looks} class="grid">
          <legend class="unseen">Job</legend>
          <label>User
            <select value=${user} onChange=${(event) => { setUser(event.target.value); setProcess(""); }}>
              <option value="">${choices ? `${choices.user} (default)` : "…"}</option>
              ${(choices?.users || []).filter((each) => each.name !== choices.user || user).map((each) => html`<option key=${each.name} value=${each.name}>${(each.display_name || each.name).slice(0, 80)}</option>`)}
            </select>
          </label>
          <label>Scan process
            <select value=${process} onChange=${(event) => setProcess(event.target.value)}>
              <option value="">${choices?.scan_process ? `${choices.scan_process.slice(0, 80)} (default)` : "…"}</option>
              ${(choices?.scan_processes || []).map((each) => html`<option key=${each.id} value=${each.name}>${each.name.slice(0, 80)}</option>`)}
            </select>
          </label>
          ${choice("InputSource", "From", abilities.sources.map((each) => each.name), (each) => SOURCES[each] || each)}
          ${choice("Format", "Format", abilities.formats)}
          ${choice("ColorProcessing", "Colours", source?.colors || [], (each) => COLOURS[each] || each)}
          ${choice("Resolution", "Resolution", (source?.resolutions || []).map((each) => `${each}x${each}`), (each) => `${each.split("x")[0]} ppi`)}
          ${choice("ContentType", "Content", abilities.content_types, spaced)}
          ${abilities.rotations.length > 1 && html`${choice("Rotation", "Rotation", abilities.rotations.map(String), (each) => `${each}°`)}`}
          <label>Quality <input type="number" min=${abilities.compression_quality_factor[0]} max=${abilities.compression_quality_factor[1]} value=${ticket.CompressionQualityFactor || ""} placeholder="as scan process" onInput=${set("CompressionQualityFactor")} /></label>
          ${abilities.film_scan_modes.length > 0 && html`${choice("FilmScanMode", "Film", abilities.film_scan_modes, spaced)}`}
        </fieldset>
        <div class="buttons left">
          <button class="primary" disabled=${looks || running || begins || status.state === "Stopped"}>Start</button>
          ${Object.values(ticket).some(Boolean) && html`<button type="button" onClick=${() => setTicket({})}>As the scan process says</button>`}
        </div>
      </form>
    <//>`;
}
