"""What a health officer signs is what the program does."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_rules_to_read_are_what_the_packs_and_the_tables_say() -> None:
    done = subprocess.run(
        [sys.executable, "tools/rules.py", "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_pack_has_its_page_in_both_languages_with_lines_to_sign() -> None:
    packs = {path.stem for path in (ROOT / "src/tongxin/policy/packs").glob("*.toml")}
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "docs/rules").glob("*.md")}
    assert set(pages) == packs
    for name, text in pages.items():
        assert "Signature 签名" in text and "◆ assumed<br>推定" in text, name
        rows = [line for line in text.splitlines() if line.count("|") > 6 and "`" in line]
        assert len(rows) > 100 and all("<br>" in row for row in rows), name
