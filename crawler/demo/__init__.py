"""A small news site to try everything on; tests crawl it too."""

from crawler.demo.pages import Page
from crawler.demo.site import DemoSite, Served
from crawler.demo.stories import Story

__all__ = ["DemoSite", "Page", "Served", "Story"]
