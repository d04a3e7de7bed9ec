"""Forms of signing in and of managing users."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongxin.access.capabilities import role_label
from tongxin.access.models import Role, User
from tongxin.places.place_id import PlaceId


class SignInForm(AuthenticationForm):
    username = forms.CharField(
        label=_("User name"), max_length=150,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none"}),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    error_messages = {
        "invalid_login": _("This name and password do not belong together. After five attempts the name is locked."),
        "inactive": _("This account is closed. Ask your administrator."),
    }


class PlacesField(forms.CharField):
    """Places by their codes, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def to_python(self, value: Any) -> list[int]:
        found = []
        for word in (super().to_python(value) or "").replace(",", "\n").split():
            try:
                found.append(int(PlaceId.parse(word)))
            except ValueError:
                raise forms.ValidationError(
                    gettext("“%(word)s” is not the code of a place. Write codes such as 500108002 or 500108002005.")
                    % {"word": word[:40]}
                ) from None
        return found

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(PlaceId(p).code for p in value) if isinstance(value, list) else value


class UserForm(forms.Form):
    """A user's name, role and places; with ``is_new`` the user name and a first password too."""

    username = forms.RegexField(
        r"^[\w.@-]{2,60}$", label=_("User name"),
        error_messages={"invalid": _("2 to 60 letters, digits or . @ - _")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )  # fmt: skip
    name = forms.CharField(label=_("Name"), max_length=60)
    role = forms.ChoiceField(label=_("Role"))
    places = PlacesField(
        label=_("Places"), required=False,
        help_text=_("Codes of the places this person answers for, one a line. Everything in them is included."),
    )  # fmt: skip
    password = forms.CharField(
        label=_("Password"), strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters, and not a common one."),
    )  # fmt: skip

    def __init__(self, *args: Any, is_new: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(r.pk, role_label(r.pk)) for r in Role.objects.order_by("pk")]
        if not is_new:
            del self.fields["username"]
            self.fields["password"].required = False
            self.fields["password"].help_text = _("Leave it empty to keep the present one.")

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if password:
            user = User(username=self.cleaned_data.get("username", ""), name=self.cleaned_data.get("name", ""))
            password_validation.validate_password(password, user)
        return password
