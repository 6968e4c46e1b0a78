"""Custody: the chained manifest of finished files, and the check of everything against everything."""
