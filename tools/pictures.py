"""Take the README's pictures from a served demo: `.venv/bin/python tools/pictures.py [http://127.0.0.1:8000]`.

Every page is taken in both languages, light and dark, wide and on a phone, into build/pictures, to be looked at;
those that the README shows are copied to docs/pictures.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT, SHOWN = ROOT / "build" / "pictures", ROOT / "docs" / "pictures"
PASSWORD = os.environ.get("TONGXIN_DEMO_PASSWORD", "tongxin-demo-2022")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
PAGES = {
    "home": "/", "chase": "/chase", "screening": "/screening", "tasks": "/tasks", "imports": "/imports",
    "people": "/people", "users": "/users", "audit": "/audit",
}  # fmt: skip
USERS = {"users": "administrator", "audit": "auditor", "imports": "administrator"}
IN_README = ("chase-zh-light", "chase-en-light", "home-zh-light", "home-en-light")


def browser_path() -> str | None:
    """The browser that `make test` chose, else one on the PATH, else Playwright's own."""
    chosen = ROOT / ".venv" / "browser.txt"
    found = chosen.read_text().strip() if chosen.exists() else ""
    return found or shutil.which("chromium") or shutil.which("google-chrome")


def sign_in(page: Page, base: str, user: str) -> None:
    page.goto(f"{base}/login")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def take(browser: Browser, base: str, language: str, scheme: str, phone: bool) -> None:
    size = {"width": 390, "height": 844} if phone else {"width": 1360, "height": 860}
    for user in {USERS.get(name, "operations") for name in PAGES}:
        context = browser.new_context(viewport=size, color_scheme=scheme, locale=language)
        locale = "zh-hans" if language.startswith("zh") else "en"
        context.add_cookies([{"name": "tongxin_language", "value": locale, "url": base}])
        page = context.new_page()
        sign_in(page, base, user)
        pages = {name: path for name, path in PAGES.items() if USERS.get(name, "operations") == user}
        if user == "operations":
            page.goto(f"{base}/chase")
            tube = page.locator("a[href^='/chase/']").first.get_attribute("href")
            pages |= {"tube": tube} if tube else {}
        for name, path in pages.items():
            page.goto(base + path)
            kind = f"{name}-{language[:2]}-{scheme}{'-phone' if phone else ''}"
            page.screenshot(path=OUT / f"{kind}.png")
        context.close()


def main() -> None:
    base = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    OUT.mkdir(parents=True, exist_ok=True)
    SHOWN.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        for language in ("zh-CN", "en-GB"):
            for scheme in ("light", "dark"):
                take(browser, base, language, scheme, phone=False)
            take(browser, base, language, "light", phone=True)
        browser.close()
    for name in IN_README:
        shutil.copyfile(OUT / f"{name}.png", SHOWN / f"{name}.png")


if __name__ == "__main__":
    main()
