// The token, and how the gateway is asked with it. It is kept in this tab alone: sessionStorage.
const kept = "bramble-token";
const watchers = [];
const tokenWatchers = [];
let token = sessionStorage.getItem(kept) ?? "";
let allowed = "";  // "read" or "write", as the gateway says; "": it has not said

/// What the gateway did not do, in its own words.
export class Refusal extends Error {
  constructor(status, message, retryAfterSeconds) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export const hasToken = () => token !== "";
export const mayWrite = () => token !== "" && allowed === "write";

/// When what is allowed may have changed.
export function onAccess(watcher) {
  watchers.push(watcher);
}

/// When there is another token, or none any more.
export function onToken(watcher) {
  tokenWatchers.push(watcher);
}

function tell() {
  for (const each of watchers) each();
}

export function useToken(text) {
  token = text.trim();
  allowed = "";
  if (token === "") sessionStorage.removeItem(kept);
  else sessionStorage.setItem(kept, token);
  tell();
  for (const each of tokenWatchers) each();
}

/// An answer that is none of its own making (of a proxy, say) has no sentence in it.
async function refusalOf(answer) {
  let why = "";
  try {
    why = (await answer.json()).error;
  } catch {
    why = "";
  }
  const after = Number(answer.headers.get("Retry-After"));
  return new Refusal(answer.status, why || `The gateway answered ${answer.status}.`, after > 0 ? after : null);
}

/// The answer of `path`, if it is a good one. Throws Refusal, or what fetch throws when nobody answers.
export async function ask(path, options = {}) {
  const headers = { ...options.headers };
  if (token) headers.Authorization = `Bearer ${token}`;
  const answer = await fetch(path, { ...options, headers, cache: "no-store" });
  if (!answer.ok) throw await refusalOf(answer);
  const level = answer.headers.get("Bramble-Access");
  if (level && level !== allowed) {
    allowed = level;
    tell();
  }
  return answer;
}

/// POST with a JSON body or none; the answer's JSON.
export async function post(path, body) {
  const answer = await ask(path, body === undefined
    ? { method: "POST" }
    : { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  return answer.json();
}
