"""What a pack says of a kind of area, as the rules want it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tongxin.areas import rules
from tongxin.areas.rules import CLOCKED, TEMPORARY, Terms
from tongxin.places.place_id import Level
from tongxin.policy.schema import Pack

SIZE_OF_LEVEL = {
    Level.UNIT: "unit", Level.BUILDING: "building", Level.COMPOUND: "compound", Level.COMMUNITY: "community",
    Level.STREET: "street", Level.DISTRICT: "district", Level.CITY: "district", Level.PROVINCE: "district",
}  # fmt: skip
STEPS = {("high", "medium"): "area.medium_after_high_days", ("sealed", "controlled"): "area.controlled_after_sealed_days"}
"""How long an area lasts that another one became."""


def terms_of(pack: Pack, kind: str, after: str = "") -> Terms:
    """``after``: the kind of which it is the next step; its days are then counted on from the same anchor. Raises KeyError
    for a kind that no pack knows."""
    common = {"single_extension": pack.days("area.restudy_extends"), **_causes(pack)}
    if kind == TEMPORARY:
        hours = pack.hours("area.temporary_longest")
        rule = pack.rule("area.temporary_longest")
        return Terms(kind, rule, bool(hours), "compound", 0, False, (), "lifted", hours, hours=hours, **common)
    then, then_days = _then(pack, kind)
    days, all_negative, tests = pack.days(f"area.{kind}_clear_days").days, pack.flag(f"area.{kind}_all_negative"), f"{kind}_test"
    if after:
        days = pack.days(f"area.{after}_clear_days").days + pack.days(STEPS[after, kind]).days
        all_negative, tests = False, ""
    return Terms(
        kind=kind,
        rule=pack.rule(STEPS[after, kind] if after else f"area.{kind}_clear_days"),
        used=pack.flag(f"area.{kind}_used"),
        largest=pack.choice(f"area.{kind}_largest"),
        clear_days=days,
        all_negative=all_negative,
        test_days=tuple(pack.day_list(f"area.{kind}_test_days")) if tests else (),
        then=then,
        then_days=then_days,
        after=after,
        ceiling=pack.days(f"area.{kind}_ceiling"),
        anchor=pack.choice("area.anchor"),
        antigen_days=tuple(pack.day_list("area.high_antigen_days")) if kind == rules.HIGH else (),
        negative_within=pack.days("area.sealed_negative_within").days if kind == rules.SEALED else 1,
        contact_days=pack.days("area.sealed_contact_days").days if kind == rules.SEALED else 0,
        **common,
    )


def _then(pack: Pack, kind: str) -> tuple[str, int]:
    """What such an area becomes, and for how many days if that is an area again that the pack uses."""
    then = pack.choice(f"area.{kind}_then")
    if then not in CLOCKED:
        return then, 0
    return (then, pack.days(STEPS[kind, then]).days) if pack.flag(f"area.{then}_used") else ("lifted", 0)


def _causes(pack: Pack) -> dict[str, Any]:
    """Which cases draw no area, and which do not restart the days of one."""
    drawn = {
        rules.HOME: pack.flag("area.home_case_draws_area"), rules.ISOLATED: pack.flag("area.isolated_case_draws_area"),
        rules.REPOSITIVE: pack.flag("area.repositive_draws_area"), rules.INBOUND: False,
    }  # fmt: skip
    restart = {**drawn, rules.HOME: pack.flag("area.home_case_restarts")}
    return {
        "draws_none": tuple(f for f, draws in drawn.items() if not draws),
        "exempts": tuple(f for f, restarts in restart.items() if not restarts),
        "inbound_ct": pack.number("area.inbound_ct"), "mixed_closes": pack.flag("area.mixed_positive_closes"),
    }  # fmt: skip


def columns(says: Terms) -> dict[str, Any]:
    """What an order keeps of the terms under which it stands, for the statements that judge many."""
    return {
        "anchor_event": says.anchor if says.kind != TEMPORARY else rules.REMOVED, "exempts": list(says.exempts),
        "negative_within": says.negative_within, "contact_days": says.contact_days,
        "then_kind": says.then if says.then in CLOCKED else "",
    }  # fmt: skip


def kept(order: Any, says: Terms) -> Terms:
    """The terms under which an order stands: what it keeps of them may be easier than what the pack asks for by now."""
    return replace(
        says, anchor=order.anchor_event, exempts=tuple(order.exempts or ()), negative_within=order.negative_within,
        contact_days=order.contact_days,
    )  # fmt: skip
