"""The API under /api/."""

from django.urls import include, path

from accounts.urls import api_urlpatterns as accounts_api
from config import reference
from config.erasure.api import Closure
from config.takeout.api import Data
from merchants.urls import api_urlpatterns as merchants_api
from payments.urls import api_urlpatterns as payments_api

urlpatterns = [
    path("", include(accounts_api)),
    path("", include(merchants_api)),
    path("", include(payments_api)),
    path("me/closure", Closure.as_view(), name="api_closure"),
    path("me/data", Data.as_view(), name="api_data"),
    path("schema/", reference.SchemaView.as_view(), name="schema"),
    path("docs/", reference.PageView.as_view(), name="api_docs"),
]
