"""Writes to needs: ``intake`` takes them in, ``deeds`` is what people do with them, ``telling`` answers callers, ``old``
deletes on time. One operation a user action, one transaction an operation."""
