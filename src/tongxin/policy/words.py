"""Packs and their values in the reader's language."""

from __future__ import annotations

from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongxin.policy.parameters import AREA_LABELS, PARAMETERS
from tongxin.policy.schema import Pack, Parameter, load, names

SECTIONS: dict[str, Any] = {
    "screening": _("Screening"),
    "api": _("Interfaces"),
    "files": _("Files"),
    "chase": _("Chase"),
    "area": _("Areas"),
    "contact": _("Contacts"),
    "case": _("Cases"),
    "entry": _("Travel and entry"),
    "hold": _("Holds"),
    "need": _("Needs"),
    "medicine": _("Medicine"),
    "task": _("Tasks"),
    "messages": _("Messages"),
    "ledger": _("Ledger"),
    "retention": _("How long data are kept"),
    "access": _("Sign-in"),
    "policy": _("Policy packs"),
}
CONFIDENCE: dict[str, Any] = {
    "stated": pgettext_lazy("confidence", "stated"),
    "reported": pgettext_lazy("confidence", "reported"),
    "assumed": pgettext_lazy("confidence", "assumed"),
}
TONES = {"stated": "good", "reported": "todo", "assumed": "warn"}
"""How the pages mark a confidence, with a shape each."""
SIZES: dict[str, Any] = {
    "home": _("home"),
    "floor": _("floor"),
    "unit": _("unit"),
    "building": _("building"),
    "compound": _("compound"),
    "community": _("community"),
    "street": _("street"),
    "district": _("district"),
}
"""How large a place is: what an area's parameters choose from, and an order has."""
CHOICES: dict[str, Any] = {
    **SIZES,
    "lifted": _("lifted"),
    **AREA_LABELS,
    "removed": _("the last case left"),
    "disinfected": _("disinfected after that"),
    "hospital": _("hospital"),
    "case.care=home": pgettext_lazy("care", "at home"),
}
LEVELS: dict[int, Any] = {
    1: _("level I"), 2: _("level II"), 3: _("level III"), 4: _("level IV"), 0: _("no response level"),
}  # fmt: skip


def title(pack: Pack) -> str:
    return pack.title_en if (get_language() or "").startswith("en") else pack.title_zh


def name_of(pack: str) -> str:
    """The title of a pack by its name; of the empty one, that the place follows the one above."""
    if not pack:
        return gettext("as the place above")
    return title(load(pack)) if pack in names() else pack


def section_of(key: str) -> str:
    return key.partition(".")[0]


def value(parameter: Parameter) -> str:
    """A parameter's value with its unit: ``5 days``, ``yes``, ``days 1, 3``."""
    own = CHOICES.get(f"{parameter.key}={parameter.value}")
    return str(own) if own else measured(parameter.value, parameter.unit)


def ceiling(parameter: Parameter) -> str:
    """The most that places below may set; empty without a ceiling."""
    return "" if parameter.ceiling is None else measured(parameter.ceiling, parameter.unit)


def source(parameter: Parameter) -> str:
    """Where a value comes from. Those of the program's own packs are in the catalogue; others stand as they were written."""
    return gettext(parameter.source)


def basis(rule: str) -> dict[str, Any]:
    """What a limit or an order cites, ``PACK/KEY``: the pack, what the parameter says, its value, source and confidence; the
    words of the rule alone where nobody knows it."""
    name, _slash, key = rule.partition("/")
    if name not in names() or key not in PARAMETERS:
        return {"rule": rule}
    pack = load(name)
    parameter = pack.parameter(key)
    return {
        "rule": rule, "pack": title(pack), "says": PARAMETERS[key].description, "value": value(parameter),
        "source": source(parameter), "confidence": CONFIDENCE.get(parameter.confidence, parameter.confidence),
        "url": reverse("policy:parameter", args=[name, key]),
    }  # fmt: skip


def measured(given: Any, unit: str) -> str:
    if unit == "flag":
        return gettext("yes") if given else gettext("no")
    if unit == "choice":
        return str(CHOICES.get(given, given))
    if unit == "day list":
        days = ", ".join(map(str, given))
        if not days:
            return gettext("on no day")
        return ngettext("day %(days)s", "days %(days)s", len(given)) % {"days": days}
    if unit == "bytes":
        return str(filesizeformat(given))
    return _counted(given, unit)


def _counted(given: int | float, unit: str) -> str:
    shown = f"{given:,}"
    one = 1 if given == 1 else 2
    if unit == "minutes":
        return ngettext("%(n)s minute", "%(n)s minutes", one) % {"n": shown}
    if unit == "hours":
        return ngettext("%(n)s hour", "%(n)s hours", one) % {"n": shown}
    if unit == "days":
        return ngettext("%(n)s day", "%(n)s days", one) % {"n": shown}
    return shown
