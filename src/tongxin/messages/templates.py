"""What messages say: each kind is declared here, in both languages, with named placeholders.

A template marked ``health`` tells something about somebody's health: it goes to the person alone. A placeholder marked so
makes the template one. A place may have its own wording (``models.Wording``), with the same placeholders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongxin.messages.rules import GROUP, NUMBER, PERSON, placeholders

PEOPLE = (PERSON, NUMBER)


@dataclass(frozen=True)
class Placeholder:
    """What a placeholder stands for; ``example`` fills it in a preview."""

    label: Any
    example: str
    health: bool = False


PLACEHOLDERS: Mapping[str, Placeholder] = {
    "number": Placeholder(_("number of the need"), "N2211-0042"),
    "need": Placeholder(_("what was asked for, in a word or two"), "维修 / repair"),
    "link": Placeholder(_("address of the resident's page"), "https://example.org/me"),
    "until": Placeholder(_("time by which it is to be done"), "11-26 18:00"),
    "other": Placeholder(_("number of the need it was joined to"), "N2211-0040"),
    "medicine": Placeholder(_("what is delivered"), "氨氯地平 / amlodipine", health=True),
    "when": Placeholder(_("when somebody comes"), "11-26 15:00–16:00"),
    "spot": Placeholder(_("where it was put down"), "门把手 / on the door handle"),
    "who": Placeholder(_("who comes, and as what"), "网格员小李 / Li of the community"),
    "offer": Placeholder(_("what a neighbour offered"), "一袋盐 / a pack of salt"),
    "text": Placeholder(_("text of the notice"), "今天下午四点在楼下领蔬菜包。"),
}


@dataclass(frozen=True)
class Template:
    """One kind of message. ``audiences``: who may get it (person, number, group); an ``urgent`` one does not wait for the
    morning. Its placeholders are those of its text."""

    key: str
    label: Any
    zh: str
    en: str
    audiences: tuple[str, ...] = PEOPLE
    health: bool = False
    urgent: bool = False

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(placeholders(self.zh))

    @property
    def for_groups(self) -> bool:
        return GROUP in self.audiences


_templates: dict[str, Template] = {}


def declare(template: Template) -> Template:
    """Make a template known. Raises ValueError for a second one of the name, for languages that differ in their
    placeholders, and for one about somebody's health that says it is none or that a group may get."""
    used = template.placeholders
    if used != placeholders(template.en) or used - set(PLACEHOLDERS):
        raise ValueError(f"template {template.key}: both languages use the same placeholders, of those that are known")
    if any(PLACEHOLDERS[name].health for name in used) and not template.health:
        raise ValueError(f"template {template.key}: it tells something about health and is not marked so")
    if template.health and template.for_groups:
        raise ValueError(f"template {template.key}: nothing about anybody's health goes to a group")
    if _templates.setdefault(template.key, template) != template:
        raise ValueError(f"template {template.key} is declared twice, differently")
    return template


def get(key: str) -> Template:
    """The template of that name. Raises KeyError for one that nobody declared: a fault of the program."""
    return _templates[key]


def known() -> list[Template]:
    return list(_templates.values())


NEED_RECEIVED = declare(Template(
    "need.received", _("A need was received"),
    "【同心】您的诉求已收到（编号 {number}：{need}），预计 {until} 前处理。进展请看 {link}",
    "[Tongxin] We have what you asked for (number {number}: {need}) and mean to do it by {until}. Follow it at {link}",
))  # fmt: skip
NEED_DONE = declare(Template(
    "need.done", _("A need was done: is it solved?"),
    "【同心】您的诉求（编号 {number}：{need}）已办理。是否解决？回复 1 表示已解决，回复 2 表示未解决，或打开 {link}",
    "[Tongxin] What you asked for (number {number}: {need}) was done. Is it solved? Answer 1 for yes, 2 for no, or open {link}",
))  # fmt: skip
NEED_MERGED = declare(Template(
    "need.merged", _("A need was joined to another"),
    "【同心】您的诉求（编号 {number}）与已登记的 {other} 为同一事项，已合并办理，办好后同样会通知您。进展请看 {link}",
    "[Tongxin] What you asked for (number {number}) is the same as {other}; they are done as one, and you will hear of it too."
    " Follow it at {link}",
))  # fmt: skip
MEDICINE_ON_THE_WAY = declare(Template(
    "medicine.on_the_way", _("Medicine is on the way"),
    "【同心】您的药品（{medicine}）已取到，{when}送达，请保持电话畅通。",
    "[Tongxin] Your medicine ({medicine}) is on the way and comes {when}. Please keep your phone at hand.",
    health=True, urgent=True,
))  # fmt: skip
MEDICINE_AT_DOOR = declare(Template(
    "medicine.at_door", _("Medicine is at the door"),
    "【同心】您的药品已送到门口：{spot}。为减少接触，请等送药人员离开后再开门，取到后打开 {link} 确认。",
    "[Tongxin] Your medicine is at your door: {spot}. Please open when whoever brought it has left, and confirm at {link}",
    health=True, urgent=True,
))  # fmt: skip
ROUND_VISIT = declare(Template(
    "round.visit", _("Somebody comes to see you"),
    "【同心】{who}将于{when}上门看望，请留意敲门。如不方便，请打开 {link} 告知。",
    "[Tongxin] {who} comes to see you {when}. If that does not suit you, say so at {link}",
))  # fmt: skip
NOTICE_GROUP = declare(Template(
    "notice.group", _("Notice to a building's group"), "【社区通知】{text}", "[Notice of the community] {text}", audiences=(GROUP,)
))  # fmt: skip
OFFER_TAKEN = declare(Template(
    "offer.taken", _("A neighbour's offer was taken"),
    "【同心】谢谢您！您提供的“{offer}”有邻居需要，请于{when}放在 {spot}，无需见面。",
    "[Tongxin] Thank you! A neighbour can use what you offered ({offer}). Please leave it {when} here: {spot}. You need not meet.",
))  # fmt: skip
