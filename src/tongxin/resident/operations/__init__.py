"""What a resident does: ``visits`` (come in, object, leave), ``asking`` (ask for help), ``word`` (say whether it is solved)."""
