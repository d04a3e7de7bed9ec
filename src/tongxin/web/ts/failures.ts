import { say, text } from "./texts";

/** A part of a page that could not be fetched says so instead of staying silent; a live board just tries again. */
export function explainFailures(): void {
  const tell = (event: Event, words: string): void => {
    const element = event.target as HTMLElement;
    if (!element.dataset["live"]) say(words, "error");
  };
  document.body.addEventListener("htmx:responseError", (event) => tell(event, text("failed")));
  document.body.addEventListener("htmx:sendError", (event) => tell(event, text("offline")));
}
