"""Channels, groups and the words of templates: what an administrator sets up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages as flashes
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongxin.access.guards import requires
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.messages import queries, rules, templates
from tongxin.messages.forms import ChannelForm, GroupForm, WordingForm
from tongxin.messages.models import Channel, Group, Wording
from tongxin.messages.operations import setup
from tongxin.messages.views import words
from tongxin.policy.decisions import Refused
from tongxin.web import labels
from tongxin.web.addresses import addresses
from tongxin.web.exports import csv_response, wants_csv
from tongxin.web.paging import paged
from tongxin.web.place import here, narrowed

BOTH = ["GET", "HEAD", "POST"]
EXPORTED_AT_ONCE = 500
Save = Callable[[dict[str, Any], Because], None]


@require_safe
@requires("message.admin")
def channels(request: HttpRequest) -> HttpResponse:
    """The channels, and the groups a page at a time; ``q`` is a part of a group's name."""
    place, text = narrowed(request), request.GET.get("q", "").replace("\0", "").strip()[:60]
    if wants_csv(request):
        return _export(request, place, text)
    page = paged(
        request, (int, int), lambda after, limit: queries.page_of_groups(place, text, after, limit), lambda g: (g.place_id, g.pk)
    )
    page.rows = _rows(page.rows, request.user)
    context = {"channels": _rows(queries.channels(), request.user), "rows": page, "q": text}
    return render(request, "messages/channels.html", context)


def _rows(found: Any, user: Any) -> list[dict[str, Any]]:
    where = addresses([one.place_id for one in found], user)
    return [{"row": o, "where": where.get(o.place_id, ""), "kind": queries.kind_of_url(o.url)} for o in found]


def _export(request: HttpRequest, place: int | None, text: str) -> HttpResponse:
    header = [_("Group"), _("Place"), _("Language"), _("Kind of address"), _("In use")]

    def batch(after: Any) -> tuple[list[list[Any]], Any]:
        found = queries.page_of_groups(place, text, after, EXPORTED_AT_ONCE)
        lines = [
            [r["row"].label, r["where"], r["row"].language, r["kind"], int(r["row"].active)] for r in _rows(found, request.user)
        ]
        return lines, (found[-1].place_id, found[-1].pk) if len(found) == EXPORTED_AT_ONCE else None

    return csv_response(request, "groups", header, batch)


@require_http_methods(BOTH)
@requires("message.admin")
def channel(request: HttpRequest, channel_id: int | None = None) -> HttpResponse:
    one = _found(Channel, channel_id)
    initial = {"place": one.place_id or here(request).id, "audience": one.audience, "label": one.label, "active": one.active}
    form = ChannelForm(
        request.POST if request.method == "POST" else None, initial=initial, user=request.user, kept=queries.kind_of_url(one.url)
    )

    def save(told: dict[str, Any], because: Because) -> None:
        setup.save_channel(one, told["place"], told["audience"], told["label"], told["url"], told["active"], because)

    return _address(request, form, _("Channel") if channel_id else _("New channel"), save, _("The channel is saved."))


@require_http_methods(BOTH)
@requires("message.admin")
def group(request: HttpRequest, group_id: int | None = None) -> HttpResponse:
    one = _found(Group, group_id)
    initial = {"place": one.place_id or here(request).id, "label": one.label, "language": one.language, "active": one.active}
    form = GroupForm(
        request.POST if request.method == "POST" else None, initial=initial, user=request.user, kept=queries.kind_of_url(one.url)
    )

    def save(told: dict[str, Any], because: Because) -> None:
        setup.save_group(one, told["place"], told["label"], told["url"], told["language"], told["active"], because)

    return _address(request, form, one.label if group_id else _("New group"), save, _("The group is saved."))


def _address(request: HttpRequest, form: Any, title: str, save: Save, said: str) -> HttpResponse:
    """The form of an address; saved, back to the list."""
    if form.is_valid() and _saved(form, lambda: save(form.cleaned_data, Because(request.user.actor))):
        flashes.success(request, said)
        return redirect("messages:channels")
    return render(request, "messages/address.html", {"form": form, "title": title}, status=422 if form.errors else 200)


def _found(model: Any, key: int | None) -> Any:
    if key is None:
        return model()
    found = model.objects.filter(pk=key).first() if key < 2**63 else None
    if found is None:
        raise Http404
    return found


def _saved(form: Any, save: Any) -> bool:
    try:
        save()
    except Refused as reason:
        form.add_error(None, labels.refusal(reason))
        return False
    return True


# -- the words ------------------------------------------------------------------------------------------


@require_safe
@requires("message.admin")
def wordings(request: HttpRequest) -> HttpResponse:
    """Every template, with the words that hold at the place."""
    place = here(request).id
    own = set(Wording.objects.filter(place_id=place).values_list("template", flat=True)) if place else set()
    rows = [
        {
            "one": t, "own": t.key in own, "audiences": [words.AUDIENCES[a] for a in t.audiences],
            "texts": queries.words_at(t.key, place) if place else (t.zh, t.en),
        }
        for t in templates.known()
    ]  # fmt: skip
    return render(request, "messages/wordings.html", {"rows": rows})


@require_http_methods(BOTH)
@requires("message.admin")
def wording(request: HttpRequest, template_key: str) -> HttpResponse:
    """Words of the place's own for a template; ``restore`` gives them up again."""
    place = here(request).id
    try:
        declared = templates.get(template_key)
    except KeyError:
        raise Http404 from None
    if place is None:
        raise Http404
    because = Because(request.user.actor)
    back = redirect("messages:wordings")
    back["Location"] += f"?place={place.code}"
    if request.method == "POST" and request.POST.get("restore"):
        setup.restore(place, template_key, because)
        flashes.success(request, _("The common words are used again."))
        return back
    zh, en = queries.words_at(template_key, place)
    form = WordingForm(request.POST if request.method == "POST" else None, initial={"zh": zh, "en": en})
    if form.is_valid():
        told = form.cleaned_data
        if _saved(form, lambda: setup.reword(place, template_key, told["zh"], told["en"], clock.now(), because)):
            flashes.success(request, _("The words are saved, for this place and everything in it."))
            return back
    examples = {name: templates.PLACEHOLDERS[name] for name in sorted(declared.placeholders)}
    context = {
        "one": declared, "form": form, "placeholders": examples,
        "own": Wording.objects.filter(place_id=place, template=template_key).first(),
        "samples": [rules.filled(t, {n: p.example for n, p in examples.items()}) for t in (zh, en)],
    }  # fmt: skip
    return render(request, "messages/wording.html", context, status=422 if form.errors else 200)
