"""Sheets of the ledger: hospitals' lists and the street's own, with whatever headings they have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from tongxin.kit import clock, mappings
from tongxin.kit.audit import Because
from tongxin.kit.imports import Outcome
from tongxin.kit.sheets import BadTable, Field, Reading, Sheet, SheetBlock, SheetRow, open_sheet, sheet_blocks
from tongxin.kit.tables import Column
from tongxin.ledgers import rules
from tongxin.ledgers.categories import CATEGORIES, WORDS
from tongxin.ledgers.operations import hospital, sheet
from tongxin.ledgers.operations.matching import Wanted

_NAME = Field("name", ("姓名", "患者姓名", "病人姓名", "孕妇姓名", "居民姓名"), required=True, label=_("Name"), max_text=60)
_WHO = (
    _NAME,
    Field("id_number", ("身份证号", "身份证号码", "身份证", "证件号码", "证件号"), label=_("Identity number"), max_text=30),
    Field(
        "phone", ("联系电话", "电话", "手机", "手机号", "手机号码", "联系方式", "电话号码", "Phone"), kind="phone", label=_("Phone")
    ),
    Field("birth_date", ("出生日期", "出生年月日", "生日", "Born"), kind="date", label=_("Born")),
)
LISTS = {
    "透析": "dialysis", "血透": "dialysis", "血液透析": "dialysis", "腹透": "dialysis", "dialysis": "dialysis",
    "化疗": "severe_illness", "放疗": "severe_illness", "肿瘤": "severe_illness", "chemotherapy": "severe_illness",
    "产检": "pregnant", "孕产": "pregnant", "孕妇": "pregnant", "产科": "pregnant", "antenatal": "pregnant",
}  # fmt: skip
HOSPITAL_FIELDS = (
    *_WHO,
    Field("hospital", ("医院", "医院名称", "就诊医院", "就诊医疗机构", "医疗机构"), label=_("Hospital"), max_text=100),
    Field("category", ("类别", "名单类别", "治疗项目", "科室", "就诊类型"), kind="choice", choices=LISTS, label=_("Category")),
)
HOWS = {"上门": rules.DOOR, "入户": rules.DOOR, "电话": rules.PHONE, "视频": rules.VIDEO}

def _category_words() -> dict[str, str]:
    """Every word for a category: of sheets, and of the program in both languages (its own sheets are read again)."""
    found = {**WORDS, **{key: key for key in CATEGORIES}}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.update({str(c.label): key for key, c in CATEGORIES.items()})
    return found


LEDGER_FIELDS = (
    *_WHO,
    Field("category", ("类别", "人员类别", "特殊人群类别", "人群类别", "分类", "Category of people"), required=True, kind="choice",
          many=True, choices=WORDS, label=_("Category")),
    Field(
        "owner", ("包保人", "责任人", "包联干部", "联系人", "网格员", "楼栋管家", "Who answers"), label=_("Who answers"),
        max_text=60,
    ),
    Field("plan", ("健康安全保障方案", "保障方案", "保障措施", "Plan of care"), label=_("Plan"), max_text=4000),
    Field("last_seen", ("最近联系时间", "最近走访时间", "上次走访", "上次联系", "Last seen at"), kind="time", label=_("Last seen")),
    Field("how", ("联系方式（上门电话视频）", "走访方式"), kind="choice", choices=HOWS, label=_("How")),
)


class SheetLoader:
    """Takes in sheets of one kind; the shape of each new sheet is kept, to be confirmed on the page of columns."""

    kind: str
    fields: Sequence[Field]
    columns: Sequence[Column] = ()
    keep_together, writers = None, 1

    def __init__(self) -> None:
        self.path = Path()
        self.because = Because("cli")

    def forget(self) -> None:
        """Nothing is remembered between blocks."""

    def blocks(self, path: Path) -> Iterator[SheetBlock]:
        now = clock.now()
        self.path = path
        found = open_sheet(path, self.fields, Reading(clock.city_zone(), now.date()), mappings.finder(self.kind))
        key = mappings.note(self.kind, found)
        found.check_usable(f", or say which is which on the page /imports/columns/{key}")
        self.check(found)
        yield from sheet_blocks(found)

    def check(self, found: Sheet) -> None:
        """What this kind of sheet must have besides."""

    def prepare(self, block: SheetBlock) -> tuple[SheetBlock, list[Any]]:
        return block, [self.read(row) for row in block.rows]

    def read(self, row: SheetRow) -> Any:
        raise NotImplementedError

    def write(self, prepared: tuple[SheetBlock, list[Any]]) -> Outcome:
        raise NotImplementedError


def who(row: SheetRow) -> Wanted:
    number = "".join(row.get("id_number", "").split()).upper()
    return Wanted(row.get("name"), number, row.get("phone", ""), row.get("birth_date"))


class HospitalLoader(SheetLoader):
    kind, fields = "ledger-hospital", HOSPITAL_FIELDS

    def check(self, found: Sheet) -> None:
        if "category" not in found.head.match.places and not self.of_file():
            raise BadTable(
                f"{self.path.name}: it is not said which list this is; add a column 类别 with 透析, 化疗 or 产检, or put the word"
                " into the name of the file."
            )

    def of_file(self) -> str:
        return next((key for word, key in LISTS.items() if word in self.path.name.casefold()), "")

    def read(self, row: SheetRow) -> hospital.Listed:
        return hospital.Listed(
            row.get("category") or self.of_file(), row.get("hospital") or self.path.stem, who(row), dict(row.others)
        )

    def write(self, prepared: tuple[SheetBlock, list[Any]]) -> Outcome:
        block, rows = prepared
        unsaid = [row.reject("the category is empty; write 透析, 化疗 or 产检") for row, r in zip(block.rows, rows, strict=True)
                  if not r.category]  # fmt: skip
        new, repeated = hospital.record([r for r in rows if r.category], clock.now(), self.because)
        return Outcome(new, repeated, [*block.rejects, *unsaid])


class LedgerLoader(SheetLoader):
    kind, fields = "ledger", LEDGER_FIELDS

    def __init__(self) -> None:
        super().__init__()
        self.fields = [replace(f, choices=_category_words()) if f.name == "category" else f for f in LEDGER_FIELDS]

    def read(self, row: SheetRow) -> sheet.Row:
        return sheet.Row(
            who(row), row.get("category", []), row.get("owner", ""), row.get("plan", ""), row.get("last_seen"),
            row.get("how", rules.DOOR),
        )  # fmt: skip

    def write(self, prepared: tuple[SheetBlock, list[Any]]) -> Outcome:
        block, rows = prepared
        accepted, repeated, refused = sheet.record(rows, clock.now(), self.because)
        return Outcome(accepted, repeated, [*block.rejects, *(block.rows[i].reject(why) for i, why in refused.items())])


LOADERS: Sequence[type[SheetLoader]] = (LedgerLoader, HospitalLoader)


def declare() -> None:
    """Make the kinds of sheets known to the page of columns."""
    for loader in LOADERS:
        mappings.declare(loader.kind, loader.fields)
