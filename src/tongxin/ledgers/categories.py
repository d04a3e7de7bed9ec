"""Why somebody is on the ledger. Labels are lazy translations; ``sensitive`` ones are for those who may see them only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tongxin.policy.parameters import LEDGER_CATEGORIES


@dataclass(frozen=True)
class Category:
    """``words`` are what lists and sheets call it besides its key."""

    key: str
    label: Any
    words: tuple[str, ...] = ()
    sensitive: bool = False

    @property
    def rhythm_key(self) -> str:
        return f"ledger.rhythm_{self.key}"


def _category(key: str, words: tuple[str, ...], sensitive: bool = False) -> Category:
    return Category(key, LEDGER_CATEGORIES[key], words, sensitive)


CATEGORIES: dict[str, Category] = {
    c.key: c
    for c in (
        _category("elderly_alone", ("独居老人", "空巢老人", "孤寡老人", "独居", "空巢", "孤老", "独居高龄")),
        _category("disabled", ("残疾", "残疾人", "失能", "半失能")),
        _category("dementia", ("失智", "失智老人", "认知症", "痴呆", "老年痴呆", "阿尔茨海默"), sensitive=True),
        _category("bedridden", ("卧床", "长期卧床", "瘫痪", "失能卧床")),
        _category("severe_illness", ("重病", "重症", "重大疾病", "大病", "肿瘤", "化疗", "癌症"), sensitive=True),
        _category("dialysis", ("透析", "血透", "血液透析", "腹透", "尿毒症")),
        _category("pregnant", ("孕妇", "孕产妇", "孕期", "待产", "产妇")),
        _category("infant", ("婴幼儿", "婴儿", "幼儿", "新生儿")),
        _category("minor_alone", ("独居未成年人", "留守儿童", "未成年人独居", "困境儿童", "未成年人")),
        _category("mental_illness", ("精神障碍", "精神疾病", "精神病", "严重精神障碍"), sensitive=True),
        _category("exam_candidate", ("考生", "高考", "中考", "考研")),
        _category("no_online", ("不会网购", "无智能手机", "不会用智能手机", "不会上网")),
    )
}  # fmt: skip
SENSITIVE = frozenset(key for key, c in CATEGORIES.items() if c.sensitive)
WORDS = {word: c.key for c in CATEGORIES.values() for word in c.words}


def hidden(may_see_sensitive: bool) -> list[str]:
    """The categories that a reader is not shown."""
    return [] if may_see_sensitive else sorted(SENSITIVE)


def shown(text: str, may_see_sensitive: bool) -> str:
    """The register's categories of a person (several are separated by ``|``) without those that a reader is not shown."""
    return text if may_see_sensitive else "|".join(key for key in text.split("|") if key not in SENSITIVE)


def labels(keys: Iterable[str]) -> list[Any]:
    return [CATEGORIES[key].label if key in CATEGORIES else key for key in keys]
