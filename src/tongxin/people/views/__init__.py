"""The register's pages: finding somebody, and one person's record."""

from tongxin.people.views.record import person, phone
from tongxin.people.views.search import search

__all__ = ["person", "phone", "search"]
