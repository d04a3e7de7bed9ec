"""What the repository promises about itself."""

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/tongxin"
STAGE_PARTS = ("rules", "states", "models", "queries", "operations")
NOT_STAGES = {"kit", "config", "web", "cli", "bench"}
UNREAD = {".git", ".venv", "node_modules"}
# Put together here, so that this file does not name what it looks for.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("npmmirror", "com"),
        ("deb", "debian", "org"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w./}*-])/(?:work|root|home/[\w.-]+|Users/[\w.-]+|opt/[\w.-]+)/[\w.]")


def _files() -> Iterator[Path]:
    """The files that are, or would be, committed; all files where git is not at hand."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        paths = [ROOT / name for name in names if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [path for path in ROOT.rglob("*") if not UNREAD & set(path.relative_to(ROOT).parts)]
    return (path for path in paths if path.is_file())


def _texts() -> Iterator[tuple[str, str]]:
    for path in _files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _python_dependencies() -> set[str]:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [
        data["project"]["dependencies"],
        *data["project"]["optional-dependencies"].values(),
        *data["dependency-groups"].values(),
    ]
    names = (re.match(r"[\w.-]+", line) for group in groups for line in group)
    return {_normal(name[0]) for name in names if name} - {"tongxin"}


def _npm_dependencies() -> set[str]:
    data = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    return {*data.get("dependencies", {}), *data.get("devDependencies", {})}


def test_no_file_names_a_package_registry() -> None:
    assert [(name, host) for name, text in _texts() for host in REGISTRIES if host in text.lower()] == []


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert [(name, found[0]) for name, text in _texts() if (found := MACHINE_PATH.search(text))] == []


def test_the_lock_files_hold_no_addresses() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
    npm = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, package in npm["packages"].items() if "resolved" in package] == []


def test_every_locked_package_has_its_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^ *#.*\n", "", lock).strip())
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    npm = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    assert [name for name, package in npm["packages"].items() if name and "integrity" not in package] == []


def test_every_dependency_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {_normal(name) for name in re.findall(r"(?m)^([\w.-]+)(?:\[[\w,-]+\])?==", lock)}
    assert _python_dependencies() - locked == set()


def test_every_dependency_has_its_line_in_the_list_of_dependencies() -> None:
    listed = re.findall(r"(?m)^\| `([^`]+)` \|", (ROOT / "docs/dependencies.md").read_text(encoding="utf-8"))
    expected = _python_dependencies() | _npm_dependencies()
    assert {_normal(name) for name in expected} == {_normal(name) for name in listed}
    assert len(listed) == len(set(listed))


def test_every_stage_says_what_it_does_in_a_readme() -> None:
    stages = {
        folder
        for folder in PACKAGE.iterdir()
        if folder.name not in NOT_STAGES
        and any((folder / part).is_dir() or (folder / f"{part}.py").exists() for part in STAGE_PARTS)
    }
    assert sorted(stage.name for stage in stages if not (stage / "README.md").exists()) == []
