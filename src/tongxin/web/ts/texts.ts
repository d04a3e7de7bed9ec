/** A text of the page in the reader's language: the templates put them on the body as `data-text-…`. */
export function text(name: string): string {
  return document.body.dataset[`text${name[0]?.toUpperCase()}${name.slice(1)}`] ?? "";
}

/** Say something at the top of the page; screen readers hear it. */
export function say(words: string, tone: "info" | "warning" | "error" = "info"): HTMLElement {
  const note = document.createElement("p");
  note.className = `note note-${tone}`;
  note.textContent = words;
  document.getElementById("flash")?.append(note);
  return note;
}
