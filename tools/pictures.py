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
    "operations": {
        "home": "/", "chase": "/chase", "screening": "/screening", "tasks": "/tasks", "people": "/people", "areas": "/areas",
        "areas-grid": "/areas?view=grid", "areas-new": "/areas/new", "restrictions": "/restrictions", "addresses": "/addresses",
        "policy": "/policy", "policy-compare": "/policy/compare?a=base&b=cn-2022-12-ten",
        "policy-pack": "/policy/cn-2022-11-twenty",
    },
    "desk": {
        "needs": "/needs", "telephone": "/needs/phone", "handover": "/needs/handover", "asked": "/needs/asked",
        "glossary": "/needs/glossary",
    },
    "team_medicine": {"medicine": "/needs/medicine", "tours": "/needs/tours"},
    "community": {
        "ledger": "/ledger", "rounds": "/ledger/rounds", "stewards": "/ledger/stewards", "hospital-lists": "/ledger/hospital",
        "owners": "/ledger/owners", "offers": "/offers", "messages": "/messages", "home-community": "/",
    },
    "administrator": {
        "users": "/users", "imports": "/imports", "channels": "/messages/channels", "wordings": "/messages/templates",
    },
    "steward": {"home-steward": "/", "tasks-steward": "/tasks", "own-building": "/ledger/stewards"},
    "auditor": {"audit": "/audit"},
}  # fmt: skip
FOLLOWED = {
    "chase": ("tube", "main a[href^='/chase/']"), "areas": ("area", "main a[href^='/areas/']:not([href*='new'],[href*='lift'])"),
    "area": ("area-people", "main a[href$='/people']"),
    "restrictions": ("restriction", "main a[href^='/restrictions/']"), "addresses": ("address", "main a[href^='/addresses/']"),
    "policy-pack": ("parameter", "main a[href^='/policy/cn-2022-11-twenty/']"),
    "screening": ("round", "main a[href^='/screening/']"), "needs": ("need", "main table a[href^='/needs/']"),
    "medicine": ("medicine-order", "main a[href^='/needs/medicine/']"), "tours": ("tour", "main a[href^='/needs/tours/']"),
    "ledger": ("ledger-person", "main a[href^='/ledger/people/']"), "rounds": ("ledger-round", "main a[href^='/ledger/rounds/']"),
    "stewards": ("steward", "main a[href^='/ledger/stewards/']"),
    "own-building": ("own-steward", "main a[href^='/ledger/stewards/']"),
    "own-steward": ("building", "main a[href^='/buildings/']"),
}  # fmt: skip
"""The first link of a kind on a page, and what the page behind it is called."""
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
    for user, pages in PAGES.items():
        context = browser.new_context(viewport=size, color_scheme=scheme, locale=language)
        locale = "zh-hans" if language.startswith("zh") else "en"
        context.add_cookies([{"name": "tongxin_language", "value": locale, "url": base}])
        page = context.new_page()
        sign_in(page, base, user)
        for name, path in pages.items():
            follow(page, base, name, path, f"{language[:2]}-{scheme}{'-phone' if phone else ''}")
        context.close()


def follow(page: Page, base: str, name: str, path: str, kind: str) -> None:
    """Take a page, and the one behind its first link of a kind, and so on."""
    answer = page.goto(base + path)
    if answer is None or answer.status != 200:
        print(f"{name}: {path} answers {answer and answer.status}")
        return
    page.screenshot(path=OUT / f"{name}-{kind}.png", full_page=f"{name}-{kind}" not in IN_README)
    following, selector = FOLLOWED.get(name, ("", ""))
    link = page.locator(selector).first if following else None
    if link and link.count():
        follow(page, base, following, (link.get_attribute("href") or "/").partition("#")[0], kind)
    elif following:
        print(f"{name}: no link to {following}")


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
