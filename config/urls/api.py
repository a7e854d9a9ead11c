"""The API under /api/."""

from django.urls import include, path

from accounts.urls import api_urlpatterns as accounts_api
from config import reference

urlpatterns = [
    path("", include(accounts_api)),
    path("schema/", reference.SchemaView.as_view(), name="schema"),
    path("docs/", reference.PageView.as_view(), name="api_docs"),
]
