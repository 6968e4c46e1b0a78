"""Which blocks of a page are its article: the page laid out flat, what is not its own, what two readers agree on."""
