// An envelope for people: indented and coloured as text, never as markup.

import { html, useMemo } from "./core.js";

const DEEPEST = 200;

export function Xml({ text, plain }) {
  const lines = useMemo(() => (plain ? null : pretty(text)), [text, plain]);
  if (!lines) return html`<pre class="xml" tabindex="0" aria-label="Envelope"><code>${text}</code></pre>`;
  return html`<pre class="xml" tabindex="0" aria-label="Envelope"><code>${lines}</code></pre>`;
}

/** Pieces of a document, or null for what is no XML. */
function pretty(text) {
  const start = text.indexOf("<");
  if (start < 0) return null;
  const parsed = new DOMParser().parseFromString(text.slice(start), "text/xml");
  if (parsed.querySelector("parsererror")) return null;
  const pieces = [];
  write(parsed.documentElement, 0, pieces);
  return pieces;
}

function write(element, depth, pieces) {
  const pad = "  ".repeat(Math.min(depth, DEEPEST));
  const name = html`<span class="tag">${element.nodeName}</span>`;
  pieces.push(pad, "<", name);
  for (const each of element.attributes) {
    pieces.push(" ", html`<span class=${each.name.startsWith("xmlns") ? "space" : "name"}>${each.name}</span>`, "=\"", html`<span class="value">${each.value}</span>`, "\"");
  }
  const children = [...element.childNodes].filter((each) => each.nodeType !== 3 || each.nodeValue.trim());
  if (!children.length) { pieces.push("/>\n"); return; }
  if (children.every((each) => each.nodeType === 3 || each.nodeType === 4)) {
    pieces.push(">", html`<b>${element.textContent}</b>`, "</", name, ">\n");
    return;
  }
  pieces.push(">\n");
  for (const child of children) {
    if (child.nodeType === 1) write(child, depth + 1, pieces);
    else if (child.nodeType === 8) pieces.push("  ".repeat(depth + 1), html`<i>${`<!--${child.nodeValue}-->`}</i>`, "\n");
    else pieces.push("  ".repeat(depth + 1), html`<b>${child.nodeValue.trim()}</b>`, "\n");
  }
  pieces.push(pad, "</", name, ">\n");
}
