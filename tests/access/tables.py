"""All the tables together, and every route of the three sites."""

from config.hosts import ADMIN, AGENT, PORTAL, SITES, Site
from config.problems import API_PREFIX
from tests.access import accounts, consoles, merchants, payments, product
from tests.access.policy import Table
from tests.access.routes import Route, routes_of

PARTS = (accounts, merchants, payments, product)
TABLES: dict[Site, Table] = {
    PORTAL: {name: cases for part in PARTS for table in (part.PAGES, part.API) for name, cases in table.items()},
    AGENT: consoles.AGENT,
    ADMIN: consoles.ADMIN,
}
ROUTES = [route for site in SITES.values() for route in routes_of(site)]
KNOWN = [route for route in ROUTES if route.key in TABLES[route.site]]


def is_api(route: Route) -> bool:
    """Whether it belongs to the API and not to a page."""
    return route.pattern.startswith(API_PREFIX[1:])
