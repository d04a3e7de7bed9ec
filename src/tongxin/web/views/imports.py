"""Imports: what came in, what was rejected and why, and a form to give in a file."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongxin.access.guards import check_may, requires
from tongxin.kit import audit
from tongxin.kit.audit import Because
from tongxin.kit.models import Import, ImportReject
from tongxin.web import labels, uploads
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.forms import UploadForm
from tongxin.web.paging import paged

BATCH = 2000


@require_http_methods(["GET", "HEAD", "POST"])
@requires("import.view")
def imports(request: HttpRequest) -> HttpResponse:
    """The list; a POST gives in a file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        check_may(request, "import.run")
        if form.is_valid() and (done := _take(request, form)):
            return done
    elif wants_csv(request):
        return _export(request)
    kind = request.GET.get("kind", "")
    page = paged(request, (int,), lambda after, limit: _runs(kind, after, limit), lambda run: (run.pk,))
    page.rows = [_row(run) for run in page.rows]
    can_run = request.user.may("import.run") and bool(uploads.kinds())
    context = {"rows": page, "form": form if can_run else None, "kinds": labels.IMPORT_KINDS, "kind": kind}
    return render(request, "web/imports.html", context, status=422 if form.errors else 200)


@require_safe
@requires("import.view")
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One import with the first of its rejected rows."""
    found = _find(run_id)
    page = paged(request, (int, int), lambda after, limit: _rejects(run_id, after, limit), lambda r: (r.line, r.pk))
    return render(request, "web/import.html", {**_row(found), "rows": page})


@require_safe
@requires("import.view")
def rejects(request: HttpRequest, run_id: int) -> HttpResponse:
    """All rejected rows as a file: line, reason, and the row as it stood."""
    found = _find(run_id)

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        rows = _rejects(run_id, after, BATCH)
        lines = [[r.line, r.reason, r.raw] for r in rows]
        return lines, (rows[-1].line, rows[-1].pk) if len(rows) == BATCH else None

    name = f"{Path(found.file_name).stem}-rejects"
    return csv_response(request, name, [_("Line"), _("Reason"), _("Row")], batch)


def _runs(kind: str, after: Any, limit: int) -> Sequence[Import]:
    found = Import.objects.order_by("-pk")
    if kind:
        found = found.filter(kind=kind)
    if after:
        found = found.filter(pk__lt=after[0])
    return list(found[:limit])


def _rejects(run_id: int, after: Any, limit: int) -> list[ImportReject]:
    """Rows of an import that the viewer was shown to see; they carry no place of their own."""
    found = ImportReject.objects.filter(run_id=run_id).order_by("line", "pk")
    if after:
        line, key = after
        found = found.filter(line__gte=line).exclude(line=line, pk__lte=key)
    return list(found[:limit])


def _find(run_id: int) -> Import:
    found = Import.objects.filter(pk=run_id).first()
    if found is None:
        raise Http404
    return found


def _row(found: Import) -> dict[str, Any]:
    state = "failed" if found.error else "done" if found.finished_at else "running"
    words = {"failed": _("failed"), "done": _("done"), "running": _("under way or interrupted")}
    return {
        "run": found,
        "kind": labels.of(labels.IMPORT_KINDS, found.kind),
        "who": labels.actor(found.actor),
        "state": words[state],
        "tone": {"failed": "bad", "done": "good", "running": "todo"}[state],
    }


def _take(request: HttpRequest, form: UploadForm) -> HttpResponse | None:
    """Hand the file to whoever takes in its kind. None when it was refused: the form then says why."""
    kind, file = uploads.get(form.cleaned_data["kind"]), form.cleaned_data["file"]
    if kind is None:
        raise Http404
    with tempfile.TemporaryDirectory(prefix="tongxin-upload-") as folder:
        # The file keeps its name: an interrupted import is found again by name and size.
        path = Path(folder) / (Path(file.name).name or "upload")
        with path.open("wb") as out:
            shutil.copyfileobj(file, out, 1 << 20)
        try:
            run_id = kind.take(path, path.name, request.user)
        except uploads.BadUpload as reason:
            form.add_error("file", str(reason))
            return None
    audit.record(Because(request.user.actor), "import.uploaded", "import", run_id or "", _place(request))
    messages.success(request, _("The file was given in: %(name)s.") % {"name": path.name})
    return redirect("web:import", run_id) if run_id else redirect("web:imports")


def _place(request: HttpRequest) -> int | None:
    places = request.user.places()
    return places[0] if places else None


def _export(request: HttpRequest) -> HttpResponse:
    kind = request.GET.get("kind", "")
    header = [_("Number"), _("Kind"), _("File"), _("Started"), _("Finished"), _("By"), _("Accepted"), _("Repeated"),
              _("Rejected"), _("Error")]  # fmt: skip

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        runs = _runs(kind, after, BATCH)
        lines = [
            [r.pk, r.kind, r.file_name, r.started_at.isoformat(), r.finished_at and r.finished_at.isoformat(),
             labels.actor(r.actor), r.accepted, r.repeated, r.rejected, r.error]
            for r in runs
        ]  # fmt: skip
        return lines, (runs[-1].pk,) if len(runs) == BATCH else None

    return csv_response(request, "imports", header, batch)
