"""What a page says of its article beside the text: title, authors, pages, access and use."""
