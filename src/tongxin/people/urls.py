from collections.abc import Collection
from typing import Any

from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from tongxin.people import views
from tongxin.people.models import Person, Stay
from tongxin.web import nav, subjects

app_name = "people"
urlpatterns = [
    path("people", views.search, name="search"),
    path("people/<int:person_id>", views.person, name="person"),
    path("people/<int:person_id>/phone", views.phone, name="phone"),
]


def _people(ids: Collection[int], user: Any) -> dict[int, subjects.Link]:
    """Names of the people in the viewer's scope, for whoever may open their records; of those who only stay there the name."""
    if not user.may("person.view"):
        return {}
    here = Stay.objects.filter(person_id__in=ids).values_list("person_id", "name", "person_no", "place_id")
    staying = {pk: subjects.Link(name or number, "", place) for pk, name, number, place in here}
    found = Person.objects.filter(pk__in=ids).values_list("pk", "name", "person_no", "place_id", "home__number")
    return staying | {
        pk: subjects.Link(name or number, reverse("people:person", args=[pk]), place, door or "")
        for pk, name, number, place, door in found
    }


nav.register(_("People"), "people:search", "person.find", order=50)
subjects.register("person", _people)
