// What every view stands on: the small library, words for numbers and times, and the news as a hook.

import { html, render, useContext, useEffect, useMemo, useRef, useState, createContext } from "./vendor/htm-preact.js";
import { onNews } from "./live.js";

export { html, render, useContext, useEffect, useMemo, useRef, useState };

/** What the session may do, and how to tell the person something. */
export const Panel = createContext({ looks: false, tell: () => {} });

/** Loads something now, at each piece of news that concerns it, and when asked: [data, error, reload]. One request
    at a time; what comes meanwhile is one more. */
export function useLive(load, deps, concerns = () => true) {
  const [state, setState] = useState({ data: undefined, error: null, of: deps });
  const again = useRef(() => {});
  useEffect(() => {
    let gone = false, busy = false, wanted = false, timer;
    const go = async () => {
      if (busy) { wanted = true; return; }
      busy = true;
      try {
        const data = await load();
        if (!gone) setState({ data, error: null, of: deps });
      } catch (error) {
        if (!gone) setState((before) => ({ data: error.status === 404 ? undefined : before.data, error, of: deps }));
      }
      busy = false;
      if (wanted && !gone) { wanted = false; timer = setTimeout(go, 150); }
    };
    again.current = go;
    go();
    const off = onNews((news) => {
      if (news.kind === "refresh" || (news.kind === "events" && news.events.some(concerns))) go();
    });
    return () => { gone = true; off(); clearTimeout(timer); };
  }, deps);
  const fresh = state.of.length === deps.length && state.of.every((each, index) => each === deps[index]);
  return [fresh ? state.data : undefined, fresh ? state.error : null, () => again.current()];
}

/** Rows of one height of which those in sight are drawn: [first, last, onScroll, ref]. */
export function useWindow(count, height) {
  const [place, setPlace] = useState({ top: 0, room: 800 });
  const ref = useRef(null);
  useEffect(() => {
    const seen = () => ref.current && setPlace({ top: ref.current.scrollTop, room: ref.current.clientHeight });
    seen();
    addEventListener("resize", seen);
    return () => removeEventListener("resize", seen);
  }, []);
  const first = Math.max(0, Math.min(count, Math.floor(place.top / height)) - 8);
  const last = Math.min(count, Math.ceil((place.top + place.room) / height) + 8);
  const onScroll = () => setPlace({ top: ref.current.scrollTop, room: ref.current.clientHeight });
  return [first, last, onScroll, ref];
}

export const plural = (count, word, words = `${word}s`) => `${count} ${count === 1 ? word : words}`;

export function octets(count) {
  if (count == null) return "";
  if (count < 1000) return `${count} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = count, unit = -1;
  do { value /= 1000; unit += 1; } while (value >= 999.5 && unit < 3);
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export const clock = (time) => (time ? new Date(time).toLocaleTimeString([], { hour12: false }) : "");

export function when(time) {
  if (!time) return "";
  const date = new Date(time);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock(time) : `${date.toLocaleDateString()} ${clock(time)}`;
}

/** A text of somebody else: no longer than a line is wide, and its direction kept to itself. */
export function Said({ text, most = 200, tag = "bdi" }) {
  const whole = String(text ?? "");
  const shown = whole.length > most ? `${whole.slice(0, most)}…` : whole;
  return html`<${tag} dir="auto" class="said" title=${whole.length > most ? whole.slice(0, 2000) : undefined}>${shown}</${tag}>`;
}

const OF_STATES = {
  Idle: "good", Completed: "good", CompletedSuccessfully: "good", Processing: "busy", Started: "busy", Pending: "quiet",
  Stopped: "bad", Failed: "bad", Aborted: "bad", Canceled: "quiet", CompletedWithErrors: "warn", PendingHeld: "warn",
};

/** A state in its own words, with a colour beside it. */
export const State = ({ state }) =>
  html`<span class=${`state ${OF_STATES[state] || "quiet"}`}><span class="dot" aria-hidden="true"></span>${spaced(state)}</span>`;

/** Words of a keyword: CoverOpen is "cover open". */
export function spaced(keyword) {
  const words = String(keyword || "").replace(/([a-z0-9])([A-Z])/g, "$1 $2");
  return words.charAt(0) + words.slice(1).replace(/\b[A-Z](?=[a-z])/g, (letter) => letter.toLowerCase());
}

/** A card with a heading. */
export const Card = ({ title, aside, children, class: more = "", id }) => html`
  <section class=${`card ${more}`} aria-labelledby=${id}>
    <header><h2 id=${id}>${title}</h2>${aside && html`<div class="aside">${aside}</div>`}</header>
    ${children}
  </section>`;

export const Problem = ({ error }) => error && html`
  <p class="problem" role="alert"><${Said} text=${error.message} most=${600} />${error.hint && html` <span class="hint"><${Said} text=${error.hint} most=${400} /></span>`}</p>`;

export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

/** Asks before something is gone for good. */
export function Confirm({ label, question, yes, onYes, disabled, class: more = "" }) {
  const dialog = useRef(null);
  return html`
    <button type="button" class=${more} disabled=${disabled} onClick=${() => dialog.current.showModal()}>${label}</button>
    <dialog ref=${dialog} aria-label=${label}>
      <p>${question}</p>
      <div class="buttons">
        <button type="button" onClick=${() => dialog.current.close()}>Keep</button>
        <button type="button" class="danger" onClick=${() => { dialog.current.close(); onYes(); }}>${yes}</button>
      </div>
    </dialog>`;
}

/** A small picture, or what stands in its place. */
export function Thumb({ src, name, lazy = true }) {
  const [bad, setBad] = useState(false);
  useEffect(() => setBad(false), [src]);
  return bad
    ? html`<span class="thumb none" role="img" aria-label=${`${name}: no picture can be made of it`}>?</span>`
    : html`<img class="thumb" src=${src} alt=${name} loading=${lazy ? "lazy" : "eager"} decoding="async" onError=${() => setBad(true)} />`;
}
