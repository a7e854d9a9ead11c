"""The API's reference: its OpenAPI schema, and a page to read and try it."""

from functools import lru_cache

from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from django.views.decorators.csp import csp_override
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from config.security import API_PAGE_POLICY


class SchemaView(SpectacularAPIView):
    """The schema, as YAML or as JSON (`?format=json`)."""

    authentication_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        """The schema in the caller's language."""
        media_type = request.accepted_renderer.media_type
        return HttpResponse(_written(get_language(), media_type), content_type=media_type)


@lru_cache(maxsize=16)
def _written(_language: str | None, media_type: str) -> str | bytes:
    """The schema, made once in each language and form: it takes seconds, and everybody may ask."""
    (renderer,) = (each for each in SchemaView.renderer_classes if each.media_type == media_type)
    schema = SchemaView.generator_class(urlconf=SchemaView.urlconf).get_schema(request=None, public=True)
    written: str | bytes = renderer().render(schema, renderer_context={})
    return written


@method_decorator(csp_override(API_PAGE_POLICY), name="dispatch")
class PageView(SpectacularSwaggerSplitView):
    """The schema as a page."""

    authentication_classes = ()
    http_method_names = ("get", "head")  # OPTIONS would look for a page of its own
    url_name = "schema"
