"""The way of each message: the words that hold at its place, and the channel that serves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from tongxin.kit import crypto
from tongxin.messages import carriers, rules, templates
from tongxin.messages.carriers import NotTaken, Parcel
from tongxin.messages.models import Channel, Group, Wording
from tongxin.places.place_id import Level

T = TypeVar("T")
Words = tuple[str, str]


class Sendable(Protocol):
    """What of a message decides its way and its words."""

    @property
    def key(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def place_id(self) -> int: ...
    @property
    def audience(self) -> str: ...
    @property
    def group_id(self) -> int | None: ...
    @property
    def phone(self) -> bytes | None: ...
    @property
    def template(self) -> str: ...
    @property
    def params(self) -> bytes | None: ...
    @property
    def language(self) -> str: ...


def nearest(known: Mapping[tuple[str, int], T], what: str, place_id: int) -> T | None:
    """What is known at the place, or at the nearest one above."""
    for level in reversed(Level):
        if level and (found := known.get((what, place_id - place_id % level.width))) is not None:
            return found
    return None


def _channels() -> dict[tuple[str, int], bytes]:
    found = Channel.objects.filter(active=True).values_list("audience", "place_id", "url")
    return {(audience, place): url for audience, place, url in found}


@dataclass(frozen=True)
class Routes:
    """Channels by ``(audience, place)``, groups with their URLs, wordings by ``(template, place)``; URLs encrypted."""

    channels: Mapping[tuple[str, int], bytes]
    groups: Mapping[int, tuple[int, str, bytes | None]]
    wordings: Mapping[tuple[str, int], Words]

    @classmethod
    def load(cls) -> Routes:
        """All there are: a city has a channel or two for a street, and a group for a building."""
        groups = Group.objects.values_list("pk", "place_id", "label", "url")
        return cls(_channels(), {pk: (place, label, url) for pk, place, label, url in groups}, cls.words_only().wordings)

    @classmethod
    def to_people(cls) -> Routes:
        """For a text to one person: without words, and of the groups only whether any has a robot."""
        groups = Group.objects.exclude(url=None).values_list("pk", "place_id", "label", "url")[:1]
        return cls(_channels(), {pk: (place, label, url) for pk, place, label, url in groups}, {})

    @classmethod
    def words_only(cls) -> Routes:
        """For reading messages, not for sending them."""
        words = Wording.objects.values_list("template", "place_id", "text_zh", "text_en")
        return cls({}, {}, {(template, place): (zh, en) for template, place, zh, en in words})

    @property
    def is_demo(self) -> bool:
        """No channel anywhere: whatever is sent becomes a file."""
        return not self.channels and not any(url for _place, _label, url in self.groups.values())

    def parcel(self, one: Sendable) -> Parcel:
        """The message as it goes out. Raises NotTaken where no channel serves its place or its words cannot be made."""
        text, phone = self.text(one), crypto.decrypt(one.phone)
        group = self.groups.get(one.group_id) if one.group_id is not None else None
        to = group[1] if group else phone
        if self.is_demo:
            return Parcel(one.key, one.token, one.audience, to, text)
        audience = Channel.Audience.GROUP if one.audience == rules.GROUP else Channel.Audience.PERSON
        sealed = group[2] if group and group[2] else nearest(self.channels, audience, group[0] if group else one.place_id)
        if sealed is None:
            raise NotTaken(rules.NO_CHANNEL)
        url = carriers.address(crypto.decrypt(sealed), phone, one.token)
        return Parcel(one.key, one.token, one.audience, to, text, url)

    def serves(self, group_id: int) -> bool:
        """Whether anything carries a message to this group."""
        place, _label, url = self.groups[group_id]
        return self.is_demo or bool(url) or nearest(self.channels, Channel.Audience.GROUP, place) is not None

    def text(self, one: Sendable) -> str:
        """The words of a message. Raises NotTaken where they cannot be made (a template that is no more)."""
        try:
            zh, en = self.words(one.template, one.place_id)
            values: dict[str, Any] = json.loads(crypto.decrypt(one.params) or "{}")
            return rules.filled(en if one.language == "en" else zh, values)
        except KeyError:
            raise NotTaken(rules.NO_WORDS) from None

    def words(self, template: str, place_id: int) -> Words:
        """The wording in both languages that holds at a place. Raises KeyError for an unknown template."""
        declared = templates.get(template)
        return nearest(self.wordings, template, place_id) or (declared.zh, declared.en)
