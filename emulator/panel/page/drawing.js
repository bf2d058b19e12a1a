// A device as its profile says it is: glass, feeder, film holder, and how it is just now.

import { html } from "./core.js";

/** `parts`: {platen, feeder, duplex, film, printer}; `open`: components whose cover is open; `jam`: where. */
export function Drawing({ name, parts, sheets, capacity, scanning, open, jam, double, out }) {
  const is = (component) => open.includes(component);
  const base = parts.printer ? 150 : parts.platen ? 214 : 190;
  const lid = base - 16;
  const stack = sheets ? Math.max(2, Math.min(16, Math.round(16 * Math.min(1, sheets / Math.max(1, capacity || 50)) ** 0.5))) : 0;
  const words = [
    sheets ? `${sheets} sheets in the feeder` : parts.feeder ? "nothing in the feeder" : "",
    open.length ? `open: ${open.join(", ")}` : "", jam.length ? `paper jam: ${jam.join(", ")}` : "", scanning ? "scanning" : "",
  ].filter(Boolean).join("; ");
  return html`
    <svg class=${`machine ${scanning ? "scanning" : ""}`} viewBox="0 0 420 330" role="img" aria-label=${`${name.slice(0, 80)}: ${words || "at rest"}`}>
      <ellipse class="shadow" cx="210" cy="310" rx="172" ry="9" />
      ${parts.printer && html`
        <g>
          <path class="body" d="M58 196 h304 v96 a12 12 0 0 1 -12 12 h-280 a12 12 0 0 1 -12 -12 z" />
          <rect class="bay" x="84" y="200" width="232" height="26" rx="5" />
          ${[238, 270].map((y) => html`
            <g key=${y}><rect class="tray" x="76" y=${y} width="268" height="26" rx="5" />
            <rect class="handle" x="178" y=${y + 9} width="64" height="7" rx="3.500" /></g>`)}
        </g>`}
      ${!parts.printer && html`<path class="body" d=${`M58 ${base} h304 v${294 - base} a12 12 0 0 1 -12 12 h-280 a12 12 0 0 1 -12 -12 z`} />`}
      <path class="head" d=${`M50 ${base} h320 v40 a8 8 0 0 1 -8 8 h-304 a8 8 0 0 1 -8 -8 z`} />
      ${parts.platen && html`
        <g>
          <rect class="glass" x="66" y=${base - 3} width="226" height="6" rx="2" />
          ${(scanning && !parts.feeder) && html`<rect class="beam" x="66" y=${base - 4} width="26" height="8" rx="3" />`}
        </g>`}
      <g class=${`lid ${is("Platen") ? "open" : ""}`}>
        ${parts.platen && html`<path class="cover" d=${`M54 ${base - 2} h312 v-12 a8 8 0 0 0 -8 -8 h-296 a8 8 0 0 0 -8 8 z`} />`}
        ${parts.feeder && html`
          <g>
            ${Array.from({ length: Math.min(8, out || 0) }, (_, index) => html`
              <path key=${`out${index}`} class="paper" d=${`M196 ${lid - 10 - index * 2} h128 l6 3 h-130 z`} />`)}
            <path class="cover" d=${`M62 ${lid - 4} v-44 a12 12 0 0 1 12 -12 h84 a14 14 0 0 1 14 14 v42 z`} />
            <g class=${`flap ${is("ADF") ? "open" : ""}`}><path class="flap-body" d=${`M62 ${lid - 42} v-8 a12 12 0 0 1 12 -12 h84 a14 14 0 0 1 14 14 v6 z`} /></g>
            <path class="shelf" d=${`M160 ${lid - 34} l176 -36 l4 8 l-180 38 z`} />
            ${Array.from({ length: stack }, (_, index) => html`
              <path key=${index} class="paper" d=${`M150 ${lid - 38 - index * 2.2} l172 -35 l2 2.2 l-172 35 z`} />`)}
            ${scanning && html`<rect class="beam" x="84" y=${lid - 12} width="66" height="4" rx="2" />`}
            ${parts.duplex && html`<g class="mark"><title>Both sides in one pass</title>
              <path d=${`M84 ${lid - 24} h26 m-6 -5 l6 5 l-6 5 M110 ${lid - 12} h-26 m6 -5 l-6 5 l6 5`} /></g>`}
            ${jam.length > 0 && html`<path class="jammed" d=${`M146 ${lid - 20} l10 -9 l8 10 l9 -12 l9 11 l10 -10 l12 8`} />`}
            ${double && html`<g class="jammed"><path d=${`M176 ${lid - 44} l44 -9 M180 ${lid - 38} l44 -9`} /></g>`}
          </g>`}
      </g>
      ${parts.film && html`
        <g class=${`film ${is("Film") ? "open" : ""}`}>
          <rect class="strip" x="300" y=${base - 34} width="104" height="26" rx="3" />
          ${[0, 1, 2, 3].map((index) => html`<rect key=${index} class="frame" x=${306 + index * 24} y=${base - 28} width="18" height="14" rx="1.500" />`)}
          ${Array.from({ length: 12 }, (_, index) => html`<path key=${`h${index}`} class="hole" d=${`M${304 + index * 8.4} ${base - 31.5} h3 M${304 + index * 8.4} ${base - 10.5} h3`} />`)}
        </g>`}
      ${is("MediaPath") && html`<path class="flap-body" d=${`M50 ${base + 8} l-26 30 v18 l26 -12 z`} />`}
      <g class="console">
        <rect class="console-body" x="300" y=${base + 6} width="62" height="32" rx="5" />
        <rect class="console-screen" x="305" y=${base + 11} width="36" height="22" rx="2.500" />
        <circle class="console-key" cx="351" cy=${base + 22} r="6" />
      </g>
    </svg>`;
}

/** What a device consists of, by what it can do. */
export function partsOf(capabilities) {
  const named = (name) => capabilities.sources.find((each) => each.name === name);
  const platen = named("Platen"), feeder = named("ADF");
  return {
    platen: Boolean(platen), feeder: Boolean(feeder), duplex: Boolean(named("ADFDuplex")), film: Boolean(named("Film")),
    printer: Boolean(platen && feeder && /mfp|multifunction|printer|mfc|workcentre|ecosys|aficio/i.test(`${capabilities.model_name}`)),
  };
}
