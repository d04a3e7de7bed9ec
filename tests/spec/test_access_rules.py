"""Who may manage whom, as tables; and that the roles and the capabilities of the code and of the data agree."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from tongxin.access import rules
from tongxin.places.place_id import PlaceId

CITY, DISTRICT, COMMUNITY, OTHER = "5001", "500108", "500108106002", "500108106003"


def _ranges(*codes: str) -> list[tuple[int, int]]:
    return [PlaceId.parse(code).range for code in codes]


@pytest.mark.parametrize(
    ("mine", "theirs", "may"),
    [
        ([DISTRICT], [COMMUNITY], True),
        ([DISTRICT], [DISTRICT], True),
        ([DISTRICT], [COMMUNITY, OTHER], True),
        ([COMMUNITY], [DISTRICT], False),
        ([COMMUNITY], [OTHER], False),
        ([COMMUNITY], [COMMUNITY, OTHER], False),
        ([COMMUNITY, OTHER], [COMMUNITY, OTHER], True),
        ([DISTRICT], [], True),  # who answers for nothing is managed by whoever answers for all
        ([COMMUNITY], [], False),
        ([], [COMMUNITY], False),
        ([], [], False),
    ],
)
def test_an_administrator_manages_those_whose_whole_scope_lies_in_the_own(mine: list[str], theirs: list[str], may: bool) -> None:
    everything = PlaceId.parse(DISTRICT).range
    assert rules.can_manage(_ranges(*mine), _ranges(*theirs), everything) is may


@pytest.mark.parametrize(
    ("mine", "wanted", "may"),
    [
        ([DISTRICT], [COMMUNITY, OTHER], True),
        ([COMMUNITY], [COMMUNITY], True),
        ([COMMUNITY], [OTHER], False),
        ([COMMUNITY], [CITY], False),
        ([COMMUNITY], [], True),
    ],
)
def test_nobody_gives_a_place_that_they_do_not_have(mine: list[str], wanted: list[str], may: bool) -> None:
    if may:
        rules.check_can_grant(_ranges(*mine), _ranges(*wanted))
    else:
        with pytest.raises(rules.NotAllowed):
            rules.check_can_grant(_ranges(*mine), _ranges(*wanted))


def test_nobody_changes_the_own_account() -> None:
    rules.check_not_self(1, 2)
    with pytest.raises(rules.NotAllowed):
        rules.check_not_self(1, 1)


def _seeded() -> dict[str, set[str]]:
    """What the migrations give each default role."""
    from tongxin.access import migrations

    found: dict[str, set[str]] = {}
    for module in pkgutil.iter_modules(migrations.__path__):
        steps = importlib.import_module(f"tongxin.access.migrations.{module.name}")
        for role, text in getattr(steps, "ROLES", {}).items():
            found.setdefault(role, set()).update(text.split())
    return found


def test_every_default_role_has_a_name_and_only_capabilities_that_exist() -> None:
    from tongxin.access.capabilities import CAPABILITIES, ROLE_LABELS

    seeded = _seeded()
    assert set(seeded) == set(ROLE_LABELS)
    assert set().union(*seeded.values()) == set(CAPABILITIES)
    assert seeded["outsider"] == set()


def test_no_role_manages_users_and_sees_residents_records() -> None:
    both = [role for role, may in _seeded().items() if {"user.admin", "person.view"} <= may]
    assert both == []


def test_only_the_operations_centre_adopts_rule_packs() -> None:
    assert [role for role, may in _seeded().items() if "policy.adopt" in may] == ["operations"]


def test_passwords_are_kept_with_argon2() -> None:
    from django.conf import settings

    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
