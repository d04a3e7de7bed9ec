"""The pages that belong to no stage: home, imports, the audit trail, how a page looks."""
