"""What a pack says of a kind of area, as the rules want it."""

from __future__ import annotations

from tongxin.areas.rules import TEMPORARY, Terms
from tongxin.places.place_id import Level
from tongxin.policy.schema import Pack

SIZE_OF_LEVEL = {
    Level.UNIT: "unit", Level.BUILDING: "building", Level.COMPOUND: "compound", Level.COMMUNITY: "community",
    Level.STREET: "street", Level.DISTRICT: "district", Level.CITY: "district", Level.PROVINCE: "district",
}  # fmt: skip


def terms_of(pack: Pack, kind: str) -> Terms:
    """Raises KeyError for a kind that no pack knows."""
    single = pack.days("area.restudy_extends")
    if kind == TEMPORARY:
        hours = pack.hours("area.temporary_longest")
        rule = pack.rule("area.temporary_longest")
        return Terms(kind, rule, bool(hours), "compound", 0, False, (), "lifted", hours, single, hours)
    return Terms(
        kind=kind,
        rule=pack.rule(f"area.{kind}_clear_days"),
        used=pack.flag(f"area.{kind}_used"),
        largest=pack.choice(f"area.{kind}_largest"),
        clear_days=pack.days(f"area.{kind}_clear_days").days,
        all_negative=pack.flag(f"area.{kind}_all_negative"),
        test_days=tuple(pack.day_list(f"area.{kind}_test_days")),
        then=pack.choice(f"area.{kind}_then"),
        ceiling=pack.days(f"area.{kind}_ceiling"),
        single_extension=single,
    )
