"""Reads of the ledger. What a user may see is the database's affair; sensitive categories are left out here."""
