"""Nothing grows beyond what one can read at a sitting."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "src/tongxin"
FUNCTION_LINES = 45
FILE_LINES = 400
SUFFIXES = {".py", ".html", ".ts", ".css", ".sql"}
BUILT = PACKAGE / "web/static/tongxin"


def _files() -> list[Path]:
    return sorted(
        path
        for path in PACKAGE.rglob("*")
        if path.suffix in SUFFIXES and "migrations" not in path.parts and BUILT not in path.parents
    )


def _functions(source: str) -> list[tuple[str, int]]:
    """Name with line, and length from the first line of the definition to the last of its body."""
    return [
        (f"{node.lineno} {node.name}", node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {str(path.relative_to(PACKAGE)): len(path.read_bytes().splitlines()) for path in _files()}
    assert lengths, "no sources were found"
    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def test_no_function_is_longer_than_45_lines() -> None:
    too_long = [
        f"{path.relative_to(PACKAGE)}:{name}: {length} lines"
        for path in _files()
        if path.suffix == ".py"
        for name, length in _functions(path.read_text(encoding="utf-8"))
        if length > FUNCTION_LINES
    ]
    assert too_long == []


def test_a_function_counts_from_its_first_line_to_its_last() -> None:
    source = "@decorator\ndef long():\n" + "    x = 1\n" * 45
    assert _functions(source) == [("2 long", 46)]
