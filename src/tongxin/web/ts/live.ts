// Live boards. An element with `data-live="topic …"` (or "*") asks the server again for itself, by its own hx-get, when
// an event of its topic comes, and whenever the stream (re)connects: something may have been missed in between.

declare const htmx: { trigger(element: Element, event: string): void } | undefined;

type State = "live" | "wait" | "away";

/** A board is asked again at most so often, however many events come. */
const PAUSE = 1500;
const FIRST_RETRY = 1000;
const LONGEST_RETRY = 30_000;
/** The server says something every 15 s; silence of this length means that the stream is dead though it looks open. */
const SILENCE = 40_000;
const MINUTE = 60_000;

const asked = new Map<string, number>();
const planned = new Set<string>();
let source: EventSource | undefined;
let retry = FIRST_RETRY;
let heard = 0;

export function followEvents(): void {
  if (!document.querySelector("[data-live]") || !document.getElementById("live")) return;
  keepOpenedParts();
  connect();
  window.setInterval(() => {
    if (source && Date.now() - heard > SILENCE) reconnect();
  }, 5000);
  // A board that counts down (`data-countdown`) also asks again each minute.
  window.setInterval(() => document.querySelectorAll("[data-countdown]").forEach((board) => plan(board.id)), MINUTE);
  window.addEventListener("online", reconnect);
  window.addEventListener("pageshow", (event) => event.persisted && reconnect());
  window.addEventListener("pagehide", () => source?.close());
}

function connect(): void {
  heard = Date.now();
  show("wait");
  source = new EventSource("/events");
  source.addEventListener("hello", () => {
    retry = FIRST_RETRY;
    heard = Date.now();
    show("live");
    refresh(() => true);
  });
  source.addEventListener("away", () => {
    heard = Date.now();
    show("away");
  });
  source.addEventListener("beat", () => (heard = Date.now()));
  source.addEventListener("change", (event) => {
    heard = Date.now();
    const { topic } = JSON.parse((event as MessageEvent<string>).data) as { topic: string };
    refresh((topics) => topics.includes(topic));
  });
  source.onerror = () => {
    show("wait");
    // The browser gives up by itself after an answer that is no stream (a server that restarts, a session that ended).
    if (source?.readyState === EventSource.CLOSED) {
      window.setTimeout(connect, retry);
      retry = Math.min(retry * 2, LONGEST_RETRY);
    }
  };
}

function reconnect(): void {
  source?.close();
  connect();
}

function refresh(wants: (topics: string[]) => boolean): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-live]")) {
    const topics = (element.dataset["live"] ?? "").split(" ");
    if (topics.includes("*") || wants(topics)) plan(element.id);
  }
}

/** Ask for an element now, or when its pause is over; by its id, for the element itself is replaced. */
function plan(id: string): void {
  if (!id || planned.has(id)) return;
  planned.add(id);
  const wait = Math.max(0, (asked.get(id) ?? 0) + PAUSE - Date.now());
  window.setTimeout(() => ask(id), wait);
}

function ask(id: string): void {
  planned.delete(id);
  const element = document.getElementById(id);
  if (!element) return;
  const active = document.activeElement;
  const typing = active instanceof HTMLElement && element.contains(active) && active.matches("input:not([type=hidden], [type=checkbox]), textarea, select");
  asked.set(id, Date.now());
  if (document.hidden || typing) {
    plan(id);
    return;
  }
  if (typeof htmx !== "undefined") htmx.trigger(element, "live");
}

/** What a reader has opened, and where the keyboard stands, outlives the exchange of a board. */
function keepOpenedParts(): void {
  let focused = "";
  let opened: string[] = [];
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.target as Element;
    opened = [...target.querySelectorAll<HTMLDetailsElement>("details[id][open]")].map((part) => part.id);
    const active = document.activeElement;
    focused = active && target.contains(active) ? pathTo(active) : "";
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
    if (focused) document.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true });
    opened = [];
    focused = "";
  });
}

function pathTo(element: Element): string {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const href = element.getAttribute("href");
  return href ? `a[href="${CSS.escape(href)}"]` : "";
}

function show(state: State): void {
  const marker = document.getElementById("live");
  if (!marker) return;
  marker.hidden = false;
  marker.dataset["state"] = state;
  const word = marker.querySelector(".live-word");
  const words = { live: marker.dataset["textLive"], wait: marker.dataset["textWait"], away: marker.dataset["textAway"] }[state];
  if (word && word.textContent !== words) word.textContent = words ?? "";
}
