"""From the bytes of a page to its text, its tree, its head and its JSON-LD: what is read before anything is judged."""
