"""Find or install a Chromium for the browser tests, and fonts that show Chinese.

In this order: a Chromium or Chrome that is installed; Debian's packages, where
apt-get is there and may be used; Playwright's own download. The path of the
program is written to `.venv/browser.txt`, from where the tests take it.

Without a browser the browser tests skip with the reason; with
TONGXIN_REQUIRE_BROWSER=1 this program ends with code 1 instead.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHOICE = ROOT / ".venv/browser.txt"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_PROGRAM = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
PACKAGES = {"browser": "chromium", "fonts": "fonts-noto-cjk"}


def runs(program: str | Path) -> bool:
    """Whether the program starts: some systems have a stub that only tells where to get it."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def installed() -> str | None:
    found = [shutil.which(name) for name in PROGRAMS]
    candidates = [path for path in found if path] + [str(MAC_PROGRAM)] * MAC_PROGRAM.exists()
    return next((path for path in candidates if runs(path)), None)


def may_use_apt() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> bool:
    """Install Debian packages quietly, a second time if the first fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    commands = (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-qq", "--no-install-recommends", *packages],
    )
    for _ in range(2):
        done = [
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            for command in commands
        ]
        if done[-1].returncode == 0:
            return True
    print(done[-1].stderr.strip()[-500:], file=sys.stderr)
    return False


def from_apt() -> str | None:
    if may_use_apt() and apt_install(PACKAGES["browser"]):
        return installed()
    return None


def from_playwright() -> str | None:
    if subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"]).returncode:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if runs(path) else None


WAYS: dict[str, Callable[[], str | None]] = {
    "installed": installed,
    "from Debian's packages": from_apt,
    "downloaded by Playwright": from_playwright,
}


def ensure_browser() -> bool:
    if CHOICE.exists() and Path(CHOICE.read_text().strip()).exists():
        print(f"browser: {CHOICE.read_text().strip()}")
        return True
    CHOICE.unlink(missing_ok=True)
    for name, way in WAYS.items():
        if path := way():
            CHOICE.write_text(path + "\n")
            print(f"browser: {path} ({name})")
            return True
    print("browser: none found and none could be installed; the browser tests will skip", file=sys.stderr)
    return False


def has_chinese_fonts() -> bool:
    if sys.platform != "linux":
        return True
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True)
    return bool(listed.stdout.strip())


def ensure_fonts() -> None:
    if has_chinese_fonts():
        return
    if may_use_apt() and apt_install("fontconfig", PACKAGES["fonts"]):
        print(f"fonts: {PACKAGES['fonts']} (from Debian's packages)")
    else:
        print("fonts: none for Chinese; pictures of pages will show boxes", file=sys.stderr)


if __name__ == "__main__":
    ensure_fonts()
    if not ensure_browser() and os.environ.get("TONGXIN_REQUIRE_BROWSER") == "1":
        sys.exit(1)
