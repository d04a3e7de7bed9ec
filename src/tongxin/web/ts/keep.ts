// What was typed is not lost when the session ends in mid-form, the form expires or the database is away. A form with
// `data-keep="name"` is noted in the window's storage while it is filled in; after signing in again it is filled as it
// was. Passwords and files are never kept. A form that was taken in is forgotten.
import { say, text } from "./texts";

const PREFIX = "tongxin:draft:";
const RESUME = "tongxin:resume";
/** Pages on which somebody lands because something went wrong: from them one goes back to the form. */
const INTERRUPTIONS = new Set(["login", "expired", "down"]);

type Draft = { sent: boolean; values: [string, string][] };

export function keepDrafts(): void {
  if (interrupted()) {
    if (drafts().length) sessionStorage.setItem(RESUME, "1");
    return;
  }
  const resume = sessionStorage.getItem(RESUME) === "1";
  for (const key of drafts()) {
    const { sent } = read(key);
    if (!resume && sent) sessionStorage.removeItem(key);
  }
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-keep]")) {
    if (resume) restore(form);
    form.addEventListener("input", () => write(form, false));
    form.addEventListener("submit", () => write(form, true));
  }
}

function interrupted(): boolean {
  const page = document.querySelector<HTMLElement>("[data-page]")?.dataset["page"] ?? "";
  return INTERRUPTIONS.has(page);
}

function keyOf(form: HTMLFormElement): string {
  return `${PREFIX}${location.pathname}:${form.dataset["keep"]}`;
}

function drafts(): string[] {
  return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX));
}

function read(key: string): Draft {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "") as Draft;
  } catch {
    return { sent: true, values: [] };
  }
}

function write(form: HTMLFormElement, sent: boolean): void {
  const values: [string, string][] = [];
  for (const field of fields(form)) {
    if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
      if (field.checked) values.push([field.name, field.value]);
    } else {
      values.push([field.name, field.value]);
    }
  }
  sessionStorage.setItem(keyOf(form), JSON.stringify({ sent, values }));
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function fields(form: HTMLFormElement): Field[] {
  const wanted = "input:not([type=password], [type=file], [type=hidden], [type=submit]), textarea, select";
  return [...form.querySelectorAll<Field>(wanted)].filter((field) => field.name);
}

function restore(form: HTMLFormElement): void {
  const key = keyOf(form);
  if (!sessionStorage.getItem(key)) return;
  const known = new Map<string, string[]>();
  for (const [name, value] of read(key).values) known.set(name, [...(known.get(name) ?? []), value]);
  for (const field of fields(form)) {
    const values = known.get(field.name) ?? [];
    if (field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio")) {
      field.checked = values.includes(field.value);
    } else if (values[0] !== undefined) {
      field.value = values[0];
    }
  }
  sessionStorage.removeItem(RESUME);
  write(form, false);
  const note = say(`${text("restored")} `);
  const discard = document.createElement("button");
  discard.type = "button";
  discard.textContent = text("discard");
  discard.addEventListener("click", () => {
    form.reset();
    sessionStorage.removeItem(key);
    note.remove();
  });
  note.append(discard);
}
