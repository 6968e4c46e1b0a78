"""Settings: Scrapy's values (crawl) and the schema of warraq.toml (app)."""
