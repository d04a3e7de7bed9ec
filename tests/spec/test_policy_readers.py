"""A pack promises nothing that the program does not do: every parameter is read by some part of it."""

import re
from pathlib import Path

from django.utils import translation

from tongxin.policy import schema
from tongxin.policy.parameters import CLOCKED_KINDS, PARAMETERS, WAITING

PACKAGE = Path(schema.__file__).parents[1]
READ = re.compile(r"""["']([a-z_]+\.[a-z_{}.]+)["']""")
HOLE = re.compile(r"\{[a-z_.]+\}")


def _read_keys() -> set[str]:
    """The parameters named in the program outside of ``policy/parameters.py`` and the words of packs; one that is made of a
    kind (``area.{kind}_used``) stands for every kind."""
    passed_over = {PACKAGE / "policy" / name for name in ("parameters.py", "words.py")}
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if path not in passed_over:
            found |= set(READ.findall(path.read_text(encoding="utf-8")))
    made = [key for key in found if "{" in key and not HOLE.fullmatch(key.partition(".")[2])]
    holes = [re.compile("[a-z_]+".join(map(re.escape, HOLE.split(key)))) for key in made]
    return {key for key in PARAMETERS if key in found or any(hole.fullmatch(key) for hole in holes)}


def test_every_parameter_is_read_by_some_part_of_the_program_or_says_that_it_is_not_yet() -> None:
    assert sorted(PARAMETERS.keys() - _read_keys()) == sorted(WAITING)
    with translation.override("en"):
        assert all("nothing reads it yet" in str(PARAMETERS[key].description) for key in WAITING)


def test_every_key_that_the_program_asks_a_pack_for_is_one() -> None:
    asked = re.compile(r"""\.(?:hours|days|number|flag|choice|day_list|rule)\(f?["']([a-z_]+\.[a-z_{}]+)["']\)""")
    found = {key for path in PACKAGE.rglob("*.py") for key in asked.findall(path.read_text(encoding="utf-8"))}
    every = {key.replace("{kind}", kind) for key in found for kind in (CLOCKED_KINDS if "{kind}" in key else ("",))}
    assert {key for key in every if "{" not in key} <= PARAMETERS.keys()
