"""Writes of the chase: what follows from results by itself (``follow``), and what people do (``deeds``)."""
