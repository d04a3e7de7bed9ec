// Light and dark: the choice is a cookie, so that the server draws the page right from the start.

const ORDER = ["", "dark", "light"] as const;

export function switchTheme(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-theme-form]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const root = document.documentElement;
      const at = ORDER.indexOf((root.dataset["theme"] ?? "") as (typeof ORDER)[number]);
      const next = ORDER[(at + 1) % ORDER.length] ?? "";
      if (next) root.dataset["theme"] = next;
      else delete root.dataset["theme"];
      document.cookie = `tongxin_theme=${next}; path=/; max-age=${next ? 31536000 : 0}; samesite=lax`;
    });
  }
}
