"""The API's reference: its OpenAPI schema, and a page to read and try it."""

from django.utils.decorators import method_decorator
from django.views.decorators.csp import csp_override
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config.security import API_PAGE_POLICY


class SchemaView(SpectacularAPIView):
    """The schema, as YAML or as JSON (`?format=json`)."""

    authentication_classes = ()


@method_decorator(csp_override(API_PAGE_POLICY), name="dispatch")
class PageView(SpectacularSwaggerSplitView):
    """The schema as a page."""

    authentication_classes = ()
    url_name = "schema"
