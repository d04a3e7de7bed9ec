"""The chase board, the page of a tube, and what is done on it."""
