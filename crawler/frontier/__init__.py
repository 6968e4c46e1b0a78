"""What is fetched when, and what an answer leads to: Scrapy's scheduler over SQLite leases.

`scheduler` hands out URLs of hosts whose time has come (`hosts`) and whose robots.txt lets in (`gate`); an
exchange that comes back gets its `verdict`, and `visit` writes down what follows from it. All but `scheduler`
are free of Scrapy.
"""
