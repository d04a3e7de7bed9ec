"""The words that tell what a need is about: the project's own and the city's, each with what it tells; a text to try."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongxin.access.guards import check_may, requires
from tongxin.kit import clock
from tongxin.kit.audit import Because
from tongxin.needs import desk, glossary, kinds, queries, triage, words
from tongxin.needs.forms import TryForm, WordForm
from tongxin.needs.glossary import Word
from tongxin.needs.operations.words import keep
from tongxin.needs.views.text import highlighted
from tongxin.policy.decisions import Refused
from tongxin.web import labels
from tongxin.web.paging import paged


@require_http_methods(["GET", "HEAD", "POST"])
@requires("need.view")
def page(request: HttpRequest) -> HttpResponse:
    """``q``, ``kind``, ``urgency`` and ``own=1`` (the city's words only) in the address; ``word`` opens one to be changed."""
    form, trying, refused = _word_form(request), TryForm(), ""
    tried = None
    if request.method == "POST" and "try" in request.POST:
        trying = TryForm(request.POST)
        tried = _tried(trying.cleaned_data["text"]) if trying.is_valid() else None
    elif request.method == "POST":
        check_may(request, "need.glossary")
        form = WordForm(request.POST)
        if form.is_valid():
            refused = _kept(request, form)
            if not refused:
                return redirect(f"{reverse('needs:glossary')}?own=1")
    rows, found = desk.city_words(), _wanted(request)
    known = _shown(rows, found)
    listed = paged(
        request, (str,), lambda after, limit: [w for w in known if not after or w["word"].text > after[0]][:limit],
        lambda w: (w["word"].text,),
    )  # fmt: skip
    context = {
        "rows": listed, "count": len(known), "wanted": found, "form": form, "trying": trying, "tried": tried, "refused": refused,
        "may": request.user.may("need.glossary"), "kinds": {k.key: k.label for k in kinds.KINDS},
        "urgencies": {str(key): label for key, label in kinds.URGENCIES.items()}, "topics": words.TOPICS,
        "editing": form.is_bound or "word" in request.GET,
    }  # fmt: skip
    return render(request, "needs/glossary.html", context, status=422 if refused or form.errors or trying.errors else 200)


def _wanted(request: HttpRequest) -> dict[str, str]:
    get = request.GET
    return {
        "q": get.get("q", "").replace("\0", "").strip().lower()[:30], "own": "1" if get.get("own") == "1" else "",
        "kind": kind if kinds.known(kind := get.get("kind", "")) else "",
        "urgency": urgency if (urgency := get.get("urgency", "")) in ("0", "1", "2") else "",
    }  # fmt: skip


def _shown(rows: dict[str, desk.CityWord], wanted: dict[str, str]) -> list[dict[str, Any]]:
    """Every word in the order of the alphabet: the city's row stands above the project's own."""
    words_of = {w.text: w for w in glossary.own()} | {text: row.word for text, row in rows.items()}
    own = {w.text for w in glossary.own()}
    return [
        {"word": w, "city": rows.get(text), "project": text in own, "kind": kinds.get(w.kind).label,
         "urgency": kinds.URGENCIES[w.urgency], "tone": words.URGENCY_TONES[w.urgency], "topic": words.of(words.TOPICS, w.topic),
         "who": labels.actor(rows[text].by) if text in rows else ""}
        for text, w in sorted(words_of.items())
        if wanted["q"] in text and wanted["kind"] in ("", w.kind) and wanted["urgency"] in ("", str(w.urgency))
        and (text in rows or not wanted["own"])
    ]  # fmt: skip


def _word_form(request: HttpRequest) -> WordForm:
    text = request.GET.get("word", "").replace("\0", "").lower()
    known = {w.text: w for w in glossary.own()} | {key: row.word for key, row in desk.city_words(text).items()} if text else {}
    one = known.get(text)
    if one is None:
        return WordForm(initial={"text": text})
    return WordForm(initial={"text": one.text, "kind": one.kind, "urgency": one.urgency, "topic": one.topic, "active": one.active})


def _kept(request: HttpRequest, form: WordForm) -> str:
    told = form.cleaned_data
    word = Word(told["text"], told["kind"], told["urgency"], told["topic"], told["active"])
    try:
        kept = keep(word, clock.now(), Because(request.user.actor))
    except Refused as reason:
        return labels.refusal(reason)
    messages.success(request, _("“%(word)s” is kept; what comes in from now on is read with it.") % {"word": kept.text})
    return ""


def _tried(text: str) -> dict[str, Any]:
    """What the rules make of a text, as intake would."""
    said = triage.suggest(text, queries.glossary())
    return {
        "said": said, "kind": kinds.get(said.kind).label, "urgency": kinds.URGENCIES[said.urgency],
        "tone": words.URGENCY_TONES[said.urgency], "topic": words.of(words.TOPICS, said.topic),
        "text": highlighted(text, said.words),
    }  # fmt: skip
