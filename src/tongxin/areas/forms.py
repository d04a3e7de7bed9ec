"""What people tell about an area: why and how long, where, what they saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.areas.rules import SIZES
from tongxin.places import addresses

LARGEST_PHOTO = 5 * 1024 * 1024  # bytes
PHOTO_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
"""The bytes with which the photos begin that are taken, and what they are."""

_LINES, _PARAGRAPH, _ALONE = {"rows": 2}, {"rows": 3}, {"autocomplete": "off"}
_CHOOSE = ("", _("choose"))


def photo_kind(picture: bytes) -> str:
    """What a picture is by its first bytes, whatever its name says; empty for anything else."""
    return next((kind for magic, kind in PHOTO_KINDS.items() if picture.startswith(magic)), "")


class MomentField(forms.DateTimeField):
    """A moment of the city, typed or chosen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
            error_messages={"invalid": _("Write a date and time such as 2022-11-25 08:30.")}, **kwargs,
        )  # fmt: skip


class ReasonForm(forms.Form):
    """Why something is done; ``required`` where the rules ask for it."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs=_LINES))

    def __init__(self, *args: Any, required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required


class ExtendForm(forms.Form):
    """A longer end, signed by whoever sends this form, citing a case or a missing result of this one area."""

    until = MomentField(label=_("New end"))
    cause = forms.ChoiceField(label=_("What it cites"))
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs=_LINES))

    def __init__(self, causes: Sequence[tuple[Any, Sequence[tuple[str, Any]]]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "extend_%s", **kwargs})
        self.fields["cause"].choices = [_CHOOSE, *causes]  # type: ignore[attr-defined]

    def cited(self) -> tuple[str, int]:
        kind, _colon, key = self.cleaned_data["cause"].partition(":")
        return kind, int(key)


class PhotoForm(forms.Form):
    """A picture of the exits."""

    photo = forms.FileField(
        label=_("Photo of the exits"), help_text=_("JPEG or PNG, 5 MB at most; fire exits and unit doors."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), required=False, max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def clean_photo(self) -> tuple[bytes, str]:
        """The picture and what it is."""
        file = self.cleaned_data["photo"]
        if file.size > LARGEST_PHOTO:
            raise forms.ValidationError(_("The photo is larger than 5 MB. Take it again with a lower resolution."))
        picture = file.read()
        kind = photo_kind(picture)
        if not kind:
            raise forms.ValidationError(_("This is neither a JPEG nor a PNG picture."))
        return picture, kind


class ExitsForm(PhotoForm):
    """A look at the exits while an area lasts."""

    is_open = forms.TypedChoiceField(
        label=_("What you saw"), choices=[("yes", _("every exit is open")), ("no", _("an exit is blocked"))],
        coerce=lambda answer: answer == "yes", empty_value=None, widget=forms.RadioSelect,
    )  # fmt: skip
    field_order = ("is_open", "photo", "note")

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("is_open") is False and not told.get("note"):
            self.add_error("note", _("Say which exit is blocked, and by what."))
        return told


class BarrierForm(forms.Form):
    where = forms.CharField(label=_("Where it stands"), max_length=200)
    made_of = forms.CharField(
        label=_("What it is made of"), max_length=200, help_text=_("It must be removable at once, by hand.")
    )


class MarkForm(forms.Form):
    """Somebody on the roll who is away or exempt."""

    status = forms.ChoiceField(
        label=_("Is"), choices=[("away", _("away")), ("exempt", _("exempt"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("Since when, or why"), max_length=300)


class UnregisteredForm(forms.Form):
    """Somebody who is here without being registered here: by what they are found, where they are, and since when."""

    number = forms.CharField(
        label=_("Identity number, or number of the register"), max_length=64, required=False, widget=forms.TextInput(attrs=_ALONE)
    )
    name = forms.CharField(label=_("Or the name"), max_length=100, required=False, widget=forms.TextInput(attrs=_ALONE))
    phone = forms.CharField(
        label=_("with the phone"), max_length=20, required=False, widget=forms.TextInput(attrs={**_ALONE, "inputmode": "tel"})
    )
    place = forms.TypedChoiceField(label=_("Where they are"), coerce=int)
    door = forms.CharField(label=_("Door"), max_length=20, required=False, widget=forms.TextInput(attrs=_ALONE))
    reason = forms.CharField(label=_("Since when, and why"), max_length=300)

    def __init__(self, places: Sequence[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "here_%s", **kwargs})
        choices = places if len(places) == 1 else [_CHOOSE, *places]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not told.get("number") and not (told.get("name") and (told.get("phone") or self.data.get("person") == "new")):
            self.add_error("number", _("Write an identity number, or the name and the phone."))
        return told


class AnswerForm(forms.Form):
    upheld = forms.TypedChoiceField(
        label=_("The objection is"),
        choices=[("no", _("not right: the limit stays")), ("yes", _("right: the person is free at once"))],
        coerce=lambda answer: answer == "yes", empty_value=None, widget=forms.RadioSelect,
    )  # fmt: skip
    words = forms.CharField(
        label=_("Answer"), max_length=1000, widget=forms.Textarea(attrs=_PARAGRAPH),
        help_text=_("The resident reads these words."),
    )  # fmt: skip


class NarrowForm(forms.Form):
    """What remains of an area: the ticked places, as one area or each as its own."""

    how = forms.ChoiceField(
        label=_("What is ticked remains"), widget=forms.RadioSelect, initial="one",
        choices=[("one", _("as one area")), ("each", _("as an area for each ticked place"))],
    )  # fmt: skip
    name = forms.CharField(
        label=_("Name of the one area"), max_length=300, required=False,
        help_text=_("As it is published: a unit at the finest. Left empty, it is made from the places."),
    )  # fmt: skip

    def clean_name(self) -> str:
        return check_name(self.cleaned_data["name"])


class OrderForm(forms.Form):
    """An order before it is signed: of what kind, under which name, because of what, with which words."""

    kind = forms.ChoiceField(label=_("Kind"))
    name = forms.CharField(
        label=_("Name as published"), max_length=500, help_text=_("In Chinese, a unit at the finest: no door, no name of a person.")
    )
    cause = forms.ChoiceField(label=_("Cause on record"))
    reference = forms.CharField(
        label=_("Number or date of the decision"), max_length=200, required=False,
        help_text=_("Only for a decision of the headquarters."),
    )  # fmt: skip
    reason_zh = forms.CharField(
        label=_("Reason for residents, in Chinese"), max_length=1000, widget=forms.Textarea(attrs=_PARAGRAPH)
    )
    reason_en = forms.CharField(
        label=_("Reason for residents, in English"), max_length=1000, widget=forms.Textarea(attrs=_PARAGRAPH)
    )
    justification = forms.CharField(
        label=_("Why so large an area"), max_length=2000, required=False, widget=forms.Textarea(attrs=_PARAGRAPH)
    )
    until = MomentField(
        label=_("End"), required=False, help_text=_("Only to end it earlier than the rule pack does.")
    )

    def __init__(
        self, kinds: Mapping[str, Any], largest: Mapping[str, str], size: str, causes: Sequence[tuple[Any, Any]], *args: Any,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = list(kinds.items())  # type: ignore[attr-defined]
        self.fields["cause"].choices = [_CHOOSE, *causes]  # type: ignore[attr-defined]
        kind = self["kind"].value()
        self.too_large = kind in largest and SIZES.index(size) > SIZES.index(largest[kind])
        if self.too_large:
            self.fields["justification"].required = True
        else:
            self.fields["justification"].widget = forms.HiddenInput()

    def clean_name(self) -> str:
        return check_name(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("cause") == "order:0" and not told.get("reference"):
            self.add_error("reference", _("Name the decision: its number, or who took it when."))
        return told

    def cited(self) -> tuple[str, int]:
        kind, _colon, key = self.cleaned_data["cause"].partition(":")
        return kind, int(key)


def check_name(name: str) -> str:
    """A published name goes down to a unit, never to a door."""
    if addresses.parse(name).rooms:
        raise forms.ValidationError(_("A published name goes down to a unit, never to a door."))
    return name.strip()

