"""When an article was published and last changed: dates as machines and people write them, and which is believed."""
