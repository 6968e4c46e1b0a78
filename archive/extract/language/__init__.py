"""The languages and the script of a text."""
