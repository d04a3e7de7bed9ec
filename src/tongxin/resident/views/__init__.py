"""The pages of a resident: ``guard`` is whose visit it is, ``pages`` the way in and the record, ``asking`` and ``following``
what that person needs."""
