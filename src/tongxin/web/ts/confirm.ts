/** A button with `data-confirm` says what it will do, and to how many, before it does it. */
export function confirmFirst(): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-confirm]");
    if (button && !window.confirm(button.dataset["confirm"])) event.preventDefault();
  });
}
