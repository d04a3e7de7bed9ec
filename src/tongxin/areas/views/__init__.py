"""The list of areas and its grid, one area, whom it limits, what is kept while it lasts, and how one is signed."""
