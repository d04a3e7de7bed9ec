"""The medicine chain: register, consult, collect the card, buy on a planned tour, deliver to the door, settle the money."""
