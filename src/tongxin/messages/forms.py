"""Forms of notices, channels, groups and wordings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tongxin.messages import rules
from tongxin.messages.models import Channel
from tongxin.messages.operations.queueing import LONGEST_VALUE
from tongxin.places.place_id import PlaceId
from tongxin.policy.decisions import Refused
from tongxin.web import labels

LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
SECRET = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class PlaceField(forms.Field):
    """One place by its code."""

    widget = forms.TextInput(attrs={"maxlength": 30, "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return int(PlaceId.parse(text))
        except ValueError:
            raise forms.ValidationError(
                gettext("“%(word)s” is not the code of a place. Write codes such as 500108002 or 500108002005.")
                % {"word": text[:40]}
            ) from None

    def prepare_value(self, value: Any) -> Any:
        return PlaceId(value).code if isinstance(value, int) else value


class NoticeForm(forms.Form):
    text = forms.CharField(
        label=_("What the groups read"), max_length=LONGEST_VALUE, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Everybody in the building reads it: no names, no numbers, nothing about anybody's health."),
    )  # fmt: skip
    urgent = forms.BooleanField(label=_("Send it at once, also at night"), required=False)

    def clean_text(self) -> str:
        text = rules.cleaned(self.cleaned_data["text"])
        if not text:
            raise forms.ValidationError(gettext("Write what the groups are to read."))
        try:
            rules.check_group_text(text)
        except Refused as reason:
            raise forms.ValidationError(labels.refusal(reason)) from None
        return text


class _Address(forms.Form):
    """A place, a name, and an address that is typed and never shown again."""

    place = PlaceField(label=_("Place"), help_text=_("Its code, such as 500108002 or 500108002005."))
    label = forms.CharField(label=pgettext_lazy("channel", "Name"), max_length=60)
    url = forms.CharField(
        label=pgettext_lazy("channel", "Address"), max_length=2000, required=False, widget=forms.PasswordInput(attrs=SECRET)
    )
    active = forms.BooleanField(label=pgettext_lazy("channel", "In use"), required=False)

    def __init__(self, *args: Any, user: Any, kept: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        if kept:
            self.fields["url"].help_text = gettext(
                "An address is on file (%(kind)s) and is not shown again. Leave it empty to keep it."
            ) % {"kind": kept}

    def clean_place(self) -> int:
        from tongxin.messages.queries import within

        place: int = self.cleaned_data["place"]  # the same answer for one outside the scope and one that is not there
        if not within(self._user, place):
            raise forms.ValidationError(gettext("This is not one of your places."))
        return place

    def clean_url(self) -> str:
        return str(self.cleaned_data["url"]).strip()


class ChannelForm(_Address):
    audience = forms.ChoiceField(
        label=_("For whom"),
        choices=[
            (Channel.Audience.PERSON, pgettext_lazy("audience", "people")),
            (Channel.Audience.GROUP, pgettext_lazy("audience", "groups")),
        ],
    )
    field_order = ("place", "audience", "label", "url", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.fields["url"].help_text:
            self.fields["url"].required = True
            self.fields["url"].help_text = gettext(
                "An Apprise address. {phone} stands where the gateway needs the number, {token} where it wants a mark that it"
                " gives back in receipts: jsons://gateway.example/sms?:to={phone}&:ref={token}"
            )


class GroupForm(_Address):
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    field_order = ("place", "label", "language", "url", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.fields["url"].help_text:
            self.fields["url"].help_text = gettext(
                "The Apprise address of the group's robot, such as wecombot://KEY, dingtalk://SECRET@TOKEN or feishu://TOKEN."
                " Without one the channel for groups of the nearest place carries its messages."
            )


def _words(label: Any, language: str) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 4, "lang": language})
    return forms.CharField(label=label, max_length=rules.MOST_CHARACTERS, widget=area)


class WordingForm(forms.Form):
    zh, en = _words(_("Chinese"), "zh-Hans"), _words(_("English"), "en")
