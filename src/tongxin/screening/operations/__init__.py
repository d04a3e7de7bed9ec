"""Writes of screening: rounds, scans, reports, hand-overs. One way in for one row or ten million."""
