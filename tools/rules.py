"""The rules as a health officer reads and signs them: docs/rules, from the policy packs and the decision tables.

Each file shows one pack in English and Chinese side by side, and the decision tables that were made for it
(tests/rules/tables/*.toml: title, columns, rows; perhaps title_zh, text, text_zh, columns_zh, and packs, without
which it stands in base).

    tools/rules.py write    make docs/rules anew
    tools/rules.py check    name what is out of date; ends with code 1 if anything is
"""

import hashlib
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
TARGET = ROOT / "docs/rules"
TABLES = ROOT / "tests/rules/tables"
LANGUAGES = ("en", "zh-hans")
LINE = "________________"
MARKS = {"stated": "✓", "reported": "○", "assumed": "◆"}
HEAD = """\
The numbers that decide, as the program reads them. Made from the pack by `make rules`; do not edit it here.<br>
本文件由 `make rules` 根据规则包生成，请勿在此修改。

- ✓ stated: in an official text or a verbatim copy of one · 明文：官方文件或其原文
- ○ reported: in local guides or the press · 据报：地方指引或新闻报道
- ◆ assumed: nothing gives it; somebody has to confirm it · 推定：无出处，须经确认
"""


def _set_up() -> None:
    """Django without the program's settings: the rules need its languages only."""
    import django
    from django.conf import settings

    from tools import messages

    messages.compile_catalogues()
    settings.configure(USE_I18N=True, LANGUAGE_CODE="en", LOCALE_PATHS=[str(messages.LOCALE)])
    django.setup()


def both(say: Callable[[], object]) -> str:
    """What is said in English and in Chinese, one below the other; once where the two are the same."""
    from django.utils import translation

    said = []
    for language in LANGUAGES:
        with translation.override(language):
            said.append(str(say()).replace("|", "\\|").replace("\n", " "))
    return "<br>".join(dict.fromkeys(said))


def row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(c) for c in cells) + " |\n"


def table(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> str:
    return row(columns) + "|" + "---|" * len(columns) + "\n" + "".join(row(cells) for cells in rows)


def parameters(pack: Any, base: Any) -> Iterator[str]:
    """A table a section."""
    from tongxin.policy import words
    from tongxin.policy.parameters import PARAMETERS

    columns = ["Parameter 参数", "Value 取值", "Confidence 可信度", "Source 来源", "At most below 下级上限", "In base 基础参数"]
    for section, label in words.SECTIONS.items():
        found = [p for k, p in pack.parameters.items() if words.section_of(k) == section]
        yield f"\n## {both(lambda label=label: label).replace('<br>', ' · ')}\n\n"
        yield table(columns, (
            (
                f"{both(lambda p=p: PARAMETERS[p.key].description)}<br>`{p.pack}/{p.key}`",
                both(lambda p=p: words.value(p)),
                f"{MARKS[p.confidence]} {both(lambda p=p: words.CONFIDENCE[p.confidence])}",
                both(lambda p=p: words.source(p)),
                both(lambda p=p: words.ceiling(p)) or "–",
                "=" if p.quantity == base.parameter(p.key).quantity else both(lambda p=p: words.value(base.parameter(p.key))),
            )
            for p in found
        ))  # fmt: skip


def decision_tables(name: str) -> Iterator[str]:
    """The tables of facts and expected decisions that were made for a pack."""
    for path in sorted(TABLES.glob("*.toml")):
        made = tomllib.loads(path.read_text(encoding="utf-8"))
        if name in made.get("packs", ["base"]):
            chinese = made.get("columns_zh", [""] * len(made["columns"]))
            columns = [f"{en} {zh}".strip() for en, zh in zip(made["columns"], chinese, strict=True)]
            yield f"\n### {made['title']} {made.get('title_zh', '')}".rstrip() + f"\n\n`{path.relative_to(ROOT)}`\n\n"
            yield "".join(f"{made[key]}\n\n" for key in ("text", "text_zh") if key in made)
            yield table(columns, ([_cell(c) for c in _cells(r, made["columns"])] for r in made["rows"]))


def _cells(given: Any, columns: Sequence[str]) -> Sequence[Any]:
    return [given.get(c, "") for c in columns] if isinstance(given, dict) else given


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes 是" if value else "no 否"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value).replace("|", "\\|")


def render(name: str) -> str:
    from tongxin.policy import schema

    pack, base = schema.load(name), schema.load("base")
    own = [p for p in pack.parameters.values() if p.pack == name]
    count = {c: sum(p.confidence == c for p in pack.parameters.values()) for c in MARKS}
    tables = "".join(decision_tables(name))
    extends = f"It extends `{pack.extends}` 以其为基础. " if pack.extends else ""
    body = (
        f"# {pack.title_en} · {pack.title_zh}\n\n{HEAD}\n`{name}`. {extends}It sets {len(own)} of {len(pack.parameters)} "
        f"parameters 本包设定 {len(own)} 项，共 {len(pack.parameters)} 项. "
        + " · ".join(f"{mark} {count[c]}" for c, mark in MARKS.items()) + "\n"
        + "".join(parameters(pack, base))
        + (f"\n## Decision tables · 判定表\n{tables}" if tables else "")
    )  # fmt: skip
    return body + signature(hashlib.sha256(body.encode()).hexdigest()[:16])


def signature(fingerprint: str) -> str:
    """Lines to sign for what stands above, and for nothing else."""
    columns = ["", "Name 姓名", "Office 职务", "Date 日期", "Signature 签名"]
    who = ("Health officer 卫生健康部门", "Legal review 法制审核")
    return (
        f"\n## Reviewed · 审核\n\nI have read the rules above (version `{fingerprint}`) and what is marked ◆ in them.<br>\n"
        f"本人已阅以上规则（版本 `{fingerprint}`）及其中标注 ◆ 的各项。\n\n"
        + table(columns, ((w, *([LINE] * 4)) for w in who))
    )


def rendered() -> dict[Path, str]:
    from tongxin.policy import schema

    return {TARGET / f"{name}.md": render(name) for name in schema.names()}


def write() -> int:
    TARGET.mkdir(parents=True, exist_ok=True)
    wanted = rendered()
    for path in set(TARGET.glob("*.md")) - wanted.keys():
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8")
        print(f"rules: {path.relative_to(ROOT)}")
    return 0


def check() -> int:
    wanted = rendered()
    found = {path: path.read_text(encoding="utf-8") for path in TARGET.glob("*.md")}
    stale = sorted(p for p in wanted.keys() | found.keys() if wanted.get(p) != found.get(p))
    for path in stale:
        print(f"rules: {path.relative_to(ROOT)} is not what the packs say; run `make rules`")
    return 1 if stale else 0


COMMANDS: dict[str, Callable[[], int]] = {"write": write, "check": check}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    _set_up()
    sys.exit(COMMANDS[sys.argv[1]]())
