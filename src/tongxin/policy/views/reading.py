"""What a pack says, with source and confidence; one parameter in every pack, and what the front line says of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.places import queries as places
from tongxin.policy import operations, queries, schema, words
from tongxin.policy.decisions import Refused
from tongxin.policy.forms import CommentForm
from tongxin.policy.parameters import PARAMETERS
from tongxin.policy.schema import Pack, Parameter
from tongxin.policy.views.overview import standing
from tongxin.web import labels
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.paging import paged


@require_safe
@requires("policy.view")
def pack(request: HttpRequest, name: str) -> HttpResponseBase:
    """Filters in the address: ``section``, ``only`` ("own" or "assumed")."""
    found, section, only = _load(name), request.GET.get("section", ""), request.GET.get("only", "")
    keys = [k for k, p in found.parameters.items() if _wanted(found, p, section, only)]
    if wants_csv(request):
        return _export(request, found, keys)
    page: Any = paged(
        request, (int,), lambda after, limit: list(enumerate(keys))[after[0] + 1 if after else 0 :][:limit],
        lambda row: (row[0],),
    )  # fmt: skip
    counts = queries.comment_counts(name)
    page.rows = [{**said(found.parameter(k)), "comments": counts.get(k, 0)} for _n, k in page.rows]
    sections = {words.section_of(k): 0 for k in PARAMETERS}
    for key in keys if not section else [k for k, p in found.parameters.items() if _wanted(found, p, "", only)]:
        sections[words.section_of(key)] += 1
    context = {
        "pack": found, "title": words.title(found), "rows": page, "section": section, "only": only,
        "sections": [(s, words.SECTIONS.get(s, s), n) for s, n in sections.items()],
        "extends": words.name_of(found.extends) if found.extends else "",
    }  # fmt: skip
    return render(request, "policy/pack.html", context)


@require_safe
@requires("policy.view")
def parameter(request: HttpRequest, name: str, key: str) -> HttpResponse:
    return _show(request, _load(name), key)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("policy.comment")
def comment(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """Say something of a parameter; links of a page with a refused form lead back to the parameter."""
    if request.method != "POST":
        return redirect(f"{reverse('policy:parameter', args=[name, key])}?{request.GET.urlencode()}")
    found, place, form = _load(name), standing(request), CommentForm(request.POST)
    if not form.is_valid():
        return _show(request, found, key, form)
    try:
        operations.comment(place, name, key, form.cleaned_data["text"], request.user, clock.now())
    except Refused as reason:
        form.add_error(None, labels.refusal(reason))
        return _show(request, found, key, form)
    messages.success(request, _("Your comment stands at the parameter."))
    return redirect("policy:parameter", name, key)


def said(p: Parameter) -> dict[str, Any]:
    """A parameter in words."""
    return {
        "key": p.key,
        "section": words.SECTIONS.get(words.section_of(p.key), ""),
        "meaning": PARAMETERS[p.key].description,
        "value": words.value(p),
        "ceiling": words.ceiling(p),
        "source": words.source(p),
        "confidence": words.CONFIDENCE[p.confidence],
        "tone": words.TONES[p.confidence],
        "pack": p.pack,
    }


def _load(name: str) -> Pack:
    if name not in schema.names():
        raise Http404
    return schema.load(name)


def _wanted(found: Pack, p: Parameter, section: str, only: str) -> bool:
    if section and words.section_of(p.key) != section:
        return False
    return {"own": p.pack == found.name, "assumed": p.confidence == "assumed"}.get(only, True)


def _show(request: HttpRequest, found: Pack, key: str, tried: forms.Form | None = None) -> HttpResponse:
    """The page of a parameter; ``tried`` is a comment that was refused, with what was typed."""
    if key not in PARAMETERS:
        raise Http404
    page: Any = paged(
        request, (int,), lambda after, limit: queries.comments(found.name, key, after[0] if after else None, limit),
        lambda row: (row.pk,),
    )  # fmt: skip
    names = places.names({c.place_id for c in page.rows})
    page.rows = [
        {"row": c, "who": labels.actor(c.author), "where": names.get(c.place_id, "")} for c in page.rows
    ]  # fmt: skip
    packs = [schema.load(n) for n in schema.names()]
    context = {
        **said(found.parameter(key)), "name": found.name, "title": words.title(found), "rows": page,
        "everywhere": [
            {**said(p.parameter(key)), "name": p.name, "title": words.title(p), "here": p.name == found.name} for p in packs
        ],
        "form": tried or CommentForm(),
    }  # fmt: skip
    return render(request, "policy/parameter.html", context, status=422 if tried else 200)


def _export(request: HttpRequest, found: Pack, keys: list[str]) -> HttpResponseBase:
    header = [_("Parameter"), _("Meaning"), _("Value"), _("At most below"), _("Confidence"), _("Source"), _("Pack")]
    rows = [said(found.parameter(key)) for key in keys]
    lines = [
        [r["key"], r["meaning"], r["value"], r["ceiling"], r["confidence"], r["source"], r["pack"]] for r in rows
    ]  # fmt: skip
    return csv_response(request, found.name, header, lambda _key: (lines, None))
