"""The crawler: everything that goes online. The only place that imports Scrapy or Twisted."""
