"""Scrapy's settings: values only. What a user may change stands in warraq.toml (settings/app.py)."""

BOT_NAME = "warraq"
SPIDER_MODULES = ["crawler.spiders"]
NEWSPIDER_MODULE = "crawler.spiders"

SCHEDULER = "crawler.frontier.scheduler.Frontier"
DOWNLOAD_HANDLERS = {
    "http": "crawler.capture.handler.CapturingDownloadHandler",
    "https": "crawler.capture.handler.CapturingDownloadHandler",
    "ftp": None,
    "file": None,
    "data": None,
    "s3": None,
}

# The frontier keeps every delay and every limit a host; Scrapy's own would only add to them.
DOWNLOAD_DELAY = 0
DOWNLOAD_DELAY_JITTER = 0
CONCURRENT_REQUESTS_PER_DOMAIN = 64

# What the frontier and the tap do themselves: robots.txt, redirects, retries, decoding. Each redirect and
# each retry is then a lease and a capture of its own.
ROBOTSTXT_OBEY = False
REDIRECT_ENABLED = False
METAREFRESH_ENABLED = False
RETRY_ENABLED = False
COMPRESSION_ENABLED = False
HTTPCACHE_ENABLED = False
DOWNLOADER_STATS = False
DOWNLOADER_MIDDLEWARES_BASE = {
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": 350,
    "scrapy.downloadermiddlewares.defaultheaders.DefaultHeadersMiddleware": 400,
    "crawler.capture.cookies.OfflineCookiesMiddleware": 700,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": 750,
}
SPIDER_MIDDLEWARES_BASE: dict[str, int] = {}
EXTENSIONS_BASE: dict[str, int] = {}
TELNETCONSOLE_ENABLED = False

DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}

# Bodies stay in the exchange, so a response that Scrapy counts is small.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 50_000_000
# Scrapy makes so many tasks for every response, to pass on items that this spider does not yield: at its
# default of 100 they were a third of the CPU of fetching.
CONCURRENT_ITEMS = 1

LOG_ENABLED = False
LOG_INSTALL_ROOT_HANDLER = False
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
