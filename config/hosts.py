"""Three sites on one process: the Host header decides which answers, and an unknown host gets nothing.

Names are compared exactly, after lowering the case and taking off the port. A trailing dot, userinfo,
a list of hosts or any other spelling is unknown: a proxy that guards a console by name must not be
walked around by a second spelling of it. `X-Forwarded-Host` is never read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Site:
    """One of the three sites, with the URLs it answers. Consoles are for staff."""

    name: str
    urlconf: str
    is_console: bool


PORTAL = Site("portal", "config.urls.portal", is_console=False)
AGENT = Site("agent", "config.urls.agent", is_console=True)
ADMIN = Site("admin", "config.urls.admin", is_console=True)
SITES = {site.name: site for site in (PORTAL, AGENT, ADMIN)}


def sites_by_host(portal: list[str], agent: list[str], admin: list[str]) -> dict[str, Site]:
    """Which site each configured host name belongs to.

    :raises ImproperlyConfigured: a name is given to two sites, or is no plain host name.
    """
    sites: dict[str, Site] = {}
    for site, names in ((PORTAL, portal), (AGENT, agent), (ADMIN, admin)):
        for name in names:
            found = HOST.fullmatch(name)
            if not found or found[1] != name.lower().strip(".") or found[1] != name:
                raise ImproperlyConfigured(f"{name!r} is no host name: write it in lower case, without port and dots around.")
            if sites.setdefault(name, site) is not site:
                raise ImproperlyConfigured(f"The host {name} is given to the {sites[name].name} and to the {site.name} site.")
    return sites


def site_of(request: HttpRequest) -> Site:
    """The site that answers this request."""
    return SITES[request.site_name]  # type: ignore[attr-defined]  # set below, before any view


class SiteMiddleware:
    """Sets `request.site_name` and `request.urlconf`, or refuses the request.

    Probes are answered here on any host, because load balancers ask by address; they say
    nothing that depends on the caller.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        from config import health, views  # both need the apps, which are ready now

        self.get_response = get_response
        self.sites: Mapping[str, Site] = sites_by_host(
            settings.PORTAL_HOSTS, settings.AGENT_ALLOWED_HOSTS, settings.ADMIN_ALLOWED_HOSTS
        )
        self.probes = health.PROBES
        self.refuse = views.unknown_host

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = self.probes.get(request.path_info)
        if probe:
            request.site_name = PORTAL.name  # type: ignore[attr-defined]
            return probe(request)
        found = HOST.fullmatch(request.META.get("HTTP_HOST") or request.META["SERVER_NAME"])
        site = self.sites.get(found[1].lower()) if found else None
        if site is None:
            return self.refuse(request)
        request.site_name = site.name  # type: ignore[attr-defined]
        request.urlconf = site.urlconf
        return self.get_response(request)
