"""Channels, groups, and a place's own words. Run by the web role: the database refuses what is not the user's place."""

from __future__ import annotations

import datetime as dt

from tongxin.kit import audit, crypto, db
from tongxin.kit.audit import Because
from tongxin.messages import carriers, rules, templates
from tongxin.messages.models import LANGUAGES, Channel, Group, Wording
from tongxin.places.place_id import Level, PlaceId
from tongxin.places.queries import existing
from tongxin.policy.decisions import N_, Refused

GROUP_LEVELS = (Level.COMPOUND, Level.BUILDING)
CHANNEL_LEVELS = (Level.CITY, Level.DISTRICT, Level.STREET, Level.COMMUNITY)


def save_channel(
    one: Channel, place_id: int, audience: str, label: str, url: str, active: bool, because: Because
) -> Channel:  # fmt: skip
    """Set up a channel, or change one; an empty ``url`` keeps the present one. Raises Refused."""
    _check_place(place_id, CHANNEL_LEVELS, N_("A channel serves a city, a district, a street or a community."))
    if audience == Channel.Audience.PERSON and url and "{phone}" not in url and not url.startswith("mailto"):
        raise Refused(N_("Whose phone is it? The address of a channel to people holds {phone}."))
    _check_url(url, needed=one.pk is None)
    others = Channel.objects.filter(place_id=place_id, audience=audience, active=True).exclude(pk=one.pk)
    if active and others.exists():
        raise Refused(N_("This place has a channel for them already. Close that one first, or change it."))
    one.place_id, one.audience, one.label, one.active = place_id, audience, label, active
    if url:
        one.url = crypto.encrypt(url)
    with db.transaction_block():
        one.save()
        audit.record(because, "message.channel", "channel", one.pk, place_id)
    return one


def save_group(
    one: Group, place_id: int, label: str, url: str, language: str, active: bool, because: Because
) -> Group:  # fmt: skip
    """Set up a group, or change one; an empty ``url`` keeps the present one. Raises Refused."""
    _check_place(place_id, GROUP_LEVELS, N_("A group belongs to a building or a compound."))
    assert language in LANGUAGES
    _check_url(url, needed=False)
    if Group.objects.filter(place_id=place_id, label=label).exclude(pk=one.pk).exists():
        raise Refused(N_("This building has a group of that name already."))
    one.place_id, one.label, one.language, one.active = place_id, label, language, active
    if url:
        one.url = crypto.encrypt(url)
    with db.transaction_block():
        one.save()
        audit.record(because, "message.group", "group", one.pk, place_id)
    return one


def _check_place(place_id: int, levels: tuple[Level, ...], why_not: str) -> None:
    if PlaceId(place_id).level not in levels or not existing([place_id]):
        raise Refused(why_not)


def _check_url(url: str, needed: bool) -> None:
    if needed and not url:
        raise Refused(N_("A channel needs an address."))
    if url and not carriers.is_usable(url):
        raise Refused(N_("Nothing can be sent to this address. Write it as Apprise does, such as wecombot://KEY."))


def reword(place_id: int, template: str, zh: str, en: str, now: dt.datetime, because: Because) -> Wording:
    """Give a template words of a place's own. Raises Refused; KeyError for an unknown template."""
    declared = templates.get(template)
    zh, en = rules.cleaned(zh), rules.cleaned(en)
    for text in (zh, en):
        rules.check_wording(text, declared.placeholders, declared.for_groups)
    with db.transaction_block():
        made, _ = Wording.objects.update_or_create(
            place_id=place_id, template=template,
            defaults={"text_zh": zh, "text_en": en, "changed_at": now, "changed_by": because.actor},
        )  # fmt: skip
        audit.record(because, "message.worded", "template", template, place_id)
    return made


def restore(place_id: int, template: str, because: Because) -> bool:
    """Let a place use the words of the place above again. False where it had none of its own."""
    with db.transaction_block():
        gone, _ = Wording.objects.filter(place_id=place_id, template=template).delete()
        if gone:
            audit.record(because, "message.worded", "template", template, place_id)
    return bool(gone)
