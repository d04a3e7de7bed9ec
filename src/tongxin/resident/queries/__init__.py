"""What one resident may read: ``record`` is what is on record about that person, ``needs`` what that person asked for."""
