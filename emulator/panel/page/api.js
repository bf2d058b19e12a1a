// Asks the control API: what it answers, or an error in its own words.

export class ApiError extends Error {
  constructor(status, message, more = {}) {
    super(message);
    this.status = status;
    this.hint = more.hint || "";
    this.problems = more.problems || [];
  }
}

const seen = new Set();
/** Told when the cookie is of no use (any more). */
export function onSignedOut(listener) { seen.add(listener); return () => seen.delete(listener); }

async function answered(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The emulator does not answer.", { hint: "It has been stopped, or is about to start." });
  }
  if (response.ok) return response;
  if (response.status === 401) for (const each of seen) each();
  let told = {};
  try { told = await response.json(); } catch { /* no JSON: the status alone is told */ }
  throw new ApiError(response.status, told.error || `HTTP ${response.status}`, told);
}

async function value(response) {
  return response.status === 204 ? null : response.json();
}

export const get = async (path) => value(await answered(path));
export const send = async (method, path, body) => value(await answered(path, {
  method,
  ...(body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
}));
export const post = (path, body = {}) => send("POST", path, body);
export const put = async (path, text, type) =>
  value(await answered(path, { method: "PUT", headers: { "Content-Type": type }, body: text }));
export const lay = async (path, file) =>
  value(await answered(path, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file }));
export const begin = (token) => answered("/session", { method: "POST", headers: { Authorization: `Bearer ${token}` } });

/** A path with its query; what is undefined, null or "" is left out. */
export function path(base, query = {}) {
  const given = Object.entries(query).filter(([, each]) => each !== undefined && each !== null && each !== "");
  return given.length ? `${base}?${new URLSearchParams(given)}` : base;
}

/** All entries of the journal that are kept, those of a device or a kind alone where it is named. */
export async function journal(query = {}) {
  const found = [];
  let after = 0;
  for (;;) {
    const news = await get(path("/events", { ...query, after }));
    found.push(...news.events);
    if (news.last === after) return { events: found, last: after };
    after = news.last;
  }
}
