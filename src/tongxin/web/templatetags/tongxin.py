"""What templates of all stages use: assets, times and durations in words, the segmented bar, due times."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tongxin.access.capabilities import role_label
from tongxin.access.guards import came_from

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The address of a static file; it changes with the file's content."""
    found = finders.find(name)
    mark = _mark(found, Path(found).stat().st_mtime_ns) if isinstance(found, str) else "missing"
    return f"{settings.STATIC_URL}{name}?v={mark}"


@functools.lru_cache(maxsize=64)
def _mark(path: str, changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:12]


def in_words(span: dt.timedelta) -> str:
    """A duration as one reads it: the two largest units, never seconds once there are minutes."""
    seconds = int(abs(span.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)02d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(seconds)d s") % {"seconds": seconds}


@register.filter
def duration(span: Any) -> str:
    """A timedelta or a number of seconds in words; a dash where there is none."""
    if span is None or span == "":
        return "–"
    return in_words(span if isinstance(span, dt.timedelta) else dt.timedelta(seconds=float(span)))


@register.filter
def moment(at: dt.datetime | None) -> SafeString | str:
    """A time of the city, to the minute."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), local.strftime("%Y-%m-%d %H:%M"))


@register.simple_tag
def ago(at: dt.datetime | None, now: dt.datetime) -> str:
    """How long something has been going on."""
    return in_words(now - at) if at else "–"


@register.simple_tag
def due(at: dt.datetime, now: dt.datetime, soon_hours: float = 2) -> SafeString:
    """How much is left until a time, or by how much it was missed: in words, with a shape and a colour."""
    left = at - now
    local = timezone.localtime(at)
    if left < dt.timedelta(0):
        state, sign, text = "overdue", "▲", _("%(time)s overdue") % {"time": in_words(left)}
    elif left < dt.timedelta(hours=soon_hours):
        state, sign, text = "soon", "●", _("%(time)s left") % {"time": in_words(left)}
    else:
        state, sign, text = "later", "○", _("%(time)s left") % {"time": in_words(left)}
    return format_html(
        '<time class="due due-{}" datetime="{}" title="{}"><span aria-hidden="true">{}</span> {}</time>',
        state, local.isoformat(), local.strftime("%Y-%m-%d %H:%M"), sign, text,
    )  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """A part of a segmented bar. ``tone`` is one of: todo, a, b, c, d, done, bad (see parts.css)."""

    label: Any
    count: int
    tone: str = "a"


@register.inclusion_tag("web/segments.html")
def segments(parts: Iterable[Segment], label: str = "") -> dict[str, Any]:
    """A bar whose parts are as long as their counts, with the same said in words."""
    shown = [p for p in parts if p.count]
    return {"parts": shown, "total": sum(p.count for p in shown), "label": label}


@register.inclusion_tag("web/pager.html", takes_context=True)
def pager(context: Any, rows: Any, export: bool = False) -> dict[str, Any]:
    """Links to the first and the next page of a list, and to the list as a file."""
    return {"request": context["request"], "rows": rows, "export": export}


@register.inclusion_tag("web/field.html")
def field(bound: Any, hint: str = "") -> dict[str, Any]:
    """A field of a form with its label, its errors and what was typed."""
    kind = getattr(bound.field.widget, "input_type", "")
    return {"field": bound, "hint": hint or bound.help_text, "check": kind == "checkbox"}


@register.filter
def grouped(value: Any) -> Any:
    """A whole number with its thousands apart; whatever else as it is."""
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


@register.filter
def masked(number: str) -> str:
    """A number of which only so much is shown that its owner knows it again."""
    return f"{number[:3]}{'•' * max(0, len(number) - 5)}{number[-2:]}" if len(number) > 5 else "•" * len(number)


@register.simple_tag(takes_context=True)
def nav_current(context: Any, url: str) -> SafeString | str:
    """Marks the link to the page, or to the part of the site, that is being shown."""
    path = context["request"].path
    here = path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))
    return SafeString(' aria-current="page"') if here else ""


@register.simple_tag
def role_name(key: str) -> str:
    return role_label(key)


@register.filter
def own_path(_referer: Any, request: Any) -> str:
    """The page a request came from, if it is one of ours."""
    return came_from(request)
