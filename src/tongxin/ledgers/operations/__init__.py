"""Writes of the ledger. One operation per user action, one transaction per operation; the caller has checked the scope."""
