/** The keyboard: "/" goes to the search box; j and k walk through the rows of a list, Enter opens one. */
export function useKeys(): void {
  document.addEventListener("keydown", (event) => {
    const typing = (event.target as Element).closest("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      const box = document.querySelector<HTMLElement>("[role=search] input:not([type=hidden])");
      if (box) {
        event.preventDefault();
        box.focus();
      }
    } else if (event.key === "j" || event.key === "k") {
      step(event.key === "j" ? 1 : -1);
    }
  });
}

function step(by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>("tbody th a, .work .job-kind")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
}
