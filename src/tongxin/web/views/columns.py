"""The columns of sheets that were not shaped to a schema: what was guessed of each shape, and what somebody says of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongxin.access.guards import check_may, requires
from tongxin.kit import mappings
from tongxin.kit.audit import Because
from tongxin.kit.models import ColumnMapping
from tongxin.kit.sheets import plain
from tongxin.web import labels
from tongxin.web.paging import paged


@require_safe
@requires("import.view")
def shapes(request: HttpRequest) -> HttpResponse:
    """The shapes that came in, the latest first; ``open=1`` those that nobody has confirmed."""
    only_open = request.GET.get("open") == "1"

    def fetch(after: Any, limit: int) -> list[ColumnMapping]:
        found = ColumnMapping.objects.order_by("-pk")
        found = found.filter(confirmed_at=None) if only_open else found
        return list(found.filter(pk__lt=after[0])[:limit] if after else found[:limit])

    page: Any = paged(request, (int,), fetch, lambda one: (one.pk,))
    page.rows = [_row(one) for one in page.rows]
    return render(request, "web/shapes.html", {"rows": page, "only_open": only_open})


def _row(one: ColumnMapping) -> dict[str, Any]:
    missing = [f.shown for f in mappings.fields_of(one.kind) if f.required and f.name not in one.mapping.values()]
    return {
        "row": one, "kind": labels.of(labels.IMPORT_KINDS, one.kind), "missing": missing, "by": labels.actor(one.confirmed_by),
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@requires("import.view")
def shape(request: HttpRequest, mapping_id: int) -> HttpResponse:
    """One shape: which column is which field; a POST confirms it for all sheets like it."""
    one = ColumnMapping.objects.filter(pk=mapping_id).first()
    if one is None:
        raise Http404
    fields, wrong = list(mappings.fields_of(one.kind)), ""
    headings = [h for h in dict.fromkeys(one.headings) if h]
    chosen = {h: one.mapping.get(plain(h), "") for h in headings}
    if request.method == "POST":
        check_may(request, "import.run")
        chosen = {h: request.POST.get(f"c{i}", "") for i, h in enumerate(headings)}
        if wrong := _wrong(chosen, fields):
            messages.error(request, wrong)
        else:
            mappings.confirm(one.pk, chosen, Because(request.user.actor))
            messages.success(request, _("The columns are remembered: give the file in again."))
            return redirect("web:shapes")
    context = {
        **_row(one), "fields": fields, "columns": [(f"c{i}", h, chosen[h]) for i, h in enumerate(headings)],
    }  # fmt: skip
    return render(request, "web/shape.html", context, status=422 if wrong else 200)


def _wrong(chosen: dict[str, str], fields: list[Any]) -> str:
    names = [name for name in chosen.values() if name]
    if missing := [f.shown for f in fields if f.required and f.name not in names]:
        return _("Say which column is: %(fields)s") % {"fields": ", ".join(missing)}
    if len(names) != len(set(names)) or set(names) - {f.name for f in fields}:
        return _("Each field is one column: choose every one once at most.")
    return ""
