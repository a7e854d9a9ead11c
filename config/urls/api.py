"""The API under /api/."""

from django.urls import path

from config import reference

urlpatterns = [
    path("schema/", reference.SchemaView.as_view(), name="schema"),
    path("docs/", reference.PageView.as_view(), name="api_docs"),
]
