"""Pages of the ledger, its owners and stewards, rounds, hospitals' lists and offers."""
