// The frame around the views: session, navigation, whether the emulator answers, light or dark.

import * as api from "./api.js";
import { html, Panel, Problem, render, useEffect, useMemo, useRef, useState } from "./core.js";
import { Conversation } from "./conversation.js";
import { Device } from "./device.js";
import { Devices } from "./devices.js";
import { Inbox } from "./inbox.js";
import * as live from "./live.js";

/** #/inbox/TOKEN/2 -> ["inbox", "TOKEN", "2"]. */
const placeOf = () => location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);

const THEMES = ["auto", "light", "dark"];

function theme(wanted) {
  const known = THEMES.includes(wanted) ? wanted : "auto";
  if (known === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = known;
  return known;
}

/** The token that stands in the fragment, once: it goes to nobody and into no history. */
function takeToken() {
  const found = /^#(?:token|look)=(.+)$/.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, "", location.pathname);
  return decodeURIComponent(found[1]);
}

function App() {
  const [session, setSession] = useState(undefined); // undefined: not known yet, null: none
  const [problem, setProblem] = useState(null);
  const known = useRef(null); // of this page alone: where the emulator was started again with it, the page goes on
  const enter = async (token) => {
    try {
      if (token) { await api.begin(token); known.current = token; }
      setSession(await api.get("/session"));
      setProblem(null);
      live.begin();
    } catch (error) {
      setProblem(error.status === 401 && !token ? null : error);
      setSession(null);
    }
  };
  useEffect(() => {
    const out = () => { const token = known.current; known.current = null; enter(token); };
    const offs = [api.onSignedOut(out), live.onNews((news) => news.kind === "signed-out" && out())];
    enter(takeToken());
    const link = () => { const token = takeToken(); if (token) enter(token); };
    addEventListener("hashchange", link);
    return () => { for (const off of offs) off(); removeEventListener("hashchange", link); };
  }, []);
  if (session === undefined) return html`<p class="waiting" role="status">One moment …</p>`;
  if (session === null) return html`<${SignIn} problem=${problem} onToken=${enter} />`;
  return html`<${Frame} session=${session} />`;
}

function SignIn({ problem, onToken }) {
  const field = useRef(null);
  const down = problem && problem.status === 0;
  useEffect(() => {
    if (!down) return undefined;
    const timer = setTimeout(() => onToken(null), 2000);
    return () => clearTimeout(timer);
  }, [problem]);
  return html`
    <main class="sign-in card">
      <h1>DSM device emulator</h1>
      <p>This page drives devices on this machine, so it asks who you are: the token of the control API.
        It stands in the file that the ready line calls <code>control_token_file</code>, and
        <code>dsm-emulator run --open</code> brings it along.</p>
      <form onSubmit=${(event) => { event.preventDefault(); onToken(field.current.value.trim()); }}>
        <label for="token">Token</label>
        <input id="token" type="password" autocomplete="off" spellcheck="false" required ref=${field} />
        <button class="primary">Open</button>
      </form>
      <${Problem} error=${problem} />
    </main>`;
}

function Frame({ session }) {
  const [place, setPlace] = useState(placeOf());
  const [message, setMessage] = useState(null);
  const [up, setUp] = useState(true);
  const [shade, setShade] = useState(() => theme(localStorage.getItem("theme")));
  const main = useRef(null);
  const looks = session.may === "look";
  const tell = (text, bad = false) => setMessage({ text, bad, at: Date.now() });
  const panel = useMemo(() => ({
    looks,
    tell,
    /** Does something and says what came of it; true when it went well. */
    act: async (does, said) => {
      try {
        await does();
        if (said) tell(said);
        return true;
      } catch (error) {
        tell(error.hint ? `${error.message} ${error.hint}` : error.message, true);
        return false;
      }
    },
  }), [looks]);
  useEffect(() => {
    const moved = () => {
      const [view] = placeOf();
      setPlace((before) => {
        if (before[0] !== view) { main.current?.focus({ preventScroll: true }); scrollTo(0, 0); }
        return placeOf();
      });
    };
    api.get("/exchanges").catch(() => {}); // from now on envelopes are kept
    addEventListener("hashchange", moved);
    const off = live.onNews((news) => {
      if (news.kind === "down") setUp(false);
      if (news.kind === "up" || news.kind === "refresh") setUp(true);
    });
    return () => { removeEventListener("hashchange", moved); off(); };
  }, []);
  useEffect(() => {
    if (!message) return undefined;
    const timer = setTimeout(() => setMessage(null), message.bad ? 12000 : 5000);
    return () => clearTimeout(timer);
  }, [message]);
  const [view, ...rest] = place;
  const views = [...(session.devices ? [["devices", "Devices"]] : []), ["conversation", "Conversation"], ["inbox", "Inbox"]];
  const shown = view === "device" ? "devices" : views.some(([name]) => name === view) ? view : views[0][0] === "devices" ? "devices" : "inbox";
  const next = THEMES[(THEMES.indexOf(shade) + 1) % THEMES.length];
  useEffect(() => {
    const title = views.find(([name]) => name === shown)[1];
    document.title = `${title} · DSM device emulator`;
  }, [shown]);
  return html`
    <${Panel.Provider} value=${panel}>
      <header class="bar">
        <a class="skip" href="#/" onClick=${(event) => { event.preventDefault(); main.current.focus(); }}>To the content</a>
        <a class="brand" href="#/"><img src="icon.svg" alt="" width="26" height="26" /><span>DSM device emulator</span></a>
        <nav aria-label="Views">
          ${views.map(([name, title]) => html`
            <a key=${name} href=${`#/${name}`} aria-current=${shown === name ? "page" : undefined}>${title}</a>`)}
        </nav>
        <div class="tools">
          ${looks && html`<span class="badge" title="By this link everything can be looked at, and nothing be done.">read-only</span>`}
          ${!looks && html`<${ShareLink} />`}
          <button type="button" class="plain" onClick=${() => { localStorage.setItem("theme", next); setShade(theme(next)); }}
            aria-label=${`Colours: ${shade}. Change to ${next}.`} title=${`Colours: ${shade}`}>${{ auto: "◐", light: "☀", dark: "☾" }[shade]}</button>
          <span class=${`live ${up ? "good" : "bad"}`} role="status"><span class="dot" aria-hidden="true"></span>${up ? "live" : "no answer"}</span>
        </div>
      </header>
      ${!up && html`<p class="banner" role="alert">The emulator does not answer. This page goes on by itself when it is there again.</p>`}
      <main ref=${main} tabindex="-1">
        ${shown === "devices" && (view === "device" && rest[0]
          ? html`<${Device} key=${rest[0]} uuid=${rest[0]} />`
          : html`<${Devices} alone=${view !== "devices"} />`)}
        ${shown === "conversation" && html`<${Conversation} chosen=${rest[0]} />`}
        ${shown === "inbox" && html`<${Inbox} token=${rest[0]} document=${rest[1]} page=${rest[2]} />`}
      </main>
      <div class="toasts" role="status" aria-live="polite">
        ${message && !message.bad && html`<p class="toast" key=${message.at}>${message.text}</p>`}
      </div>
      <div class="toasts" role="alert">
        ${message && message.bad && html`<p class="toast bad" key=${message.at}>${message.text.slice(0, 600)}
          <button type="button" class="plain" aria-label="Close" onClick=${() => setMessage(null)}>✕</button></p>`}
      </div>
    <//>`;
}

function ShareLink() {
  const [url, setUrl] = useState("");
  const dialog = useRef(null);
  const [problem, setProblem] = useState(null);
  const open = async () => {
    try { setUrl((await api.post("/session/link")).url); setProblem(null); } catch (error) { setProblem(error); }
    dialog.current.showModal();
  };
  return html`
    <button type="button" class="plain" onClick=${open}>Share</button>
    <dialog ref=${dialog} aria-label="A link for an audience">
      <h2>A link for an audience</h2>
      <p>Whoever opens it sees everything and can do nothing. It ends with this run.</p>
      <${Problem} error=${problem} />
      <input readonly value=${url} aria-label="Link" onFocus=${(event) => event.target.select()} />
      <div class="buttons">
        <button type="button" onClick=${() => navigator.clipboard?.writeText(url)}>Copy</button>
        <button type="button" class="primary" onClick=${() => dialog.current.close()}>Done</button>
      </div>
    </dialog>`;
}

theme(localStorage.getItem("theme"));
render(html`<${App} />`, document.getElementById("panel"));
