"""Every address that the three sites answer, read off their URL configurations."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

from config.hosts import Site

TABLES = {"allauth": "accounts", "config": "product"}


@dataclass(frozen=True)
class Route:
    """One pattern of a site. `key` is what the tables call it: its name, or its pattern if it has none."""

    site: Site
    key: str
    view_name: str
    pattern: str
    table: str  # the module of this package that speaks of it

    def __str__(self) -> str:
        return f"{self.site.name}:{self.key or '(anything else)'}"


def routes_of(site: Site) -> list[Route]:
    """Each pattern of the site's URL configuration."""
    return list(_walk(get_resolver(site.urlconf), site, "", ""))


def _walk(resolver: URLResolver, site: Site, pattern: str, namespace: str) -> Iterator[Route]:
    for part in resolver.url_patterns:
        whole = pattern + str(part.pattern)
        if isinstance(part, URLPattern):
            app = part.callback.__module__.partition(".")[0]
            table = "consoles" if site.is_console else TABLES.get(app, app)
            yield Route(site, part.name or whole, namespace + (part.name or ""), whole, table)
        else:
            inner = f"{namespace}{part.namespace}:" if part.namespace else namespace
            yield from _walk(part, site, whole, inner)
