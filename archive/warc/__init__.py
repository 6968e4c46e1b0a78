"""WARC 1.1: writing what came over the wire, and reading it back."""
