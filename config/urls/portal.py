"""What the portal answers: pages for customers and merchants, and the API."""

from django.conf import settings
from django.urls import include, path, re_path

from config import views
from config.design import design
from config.erasure.views import CloseAccount, account_closed
from config.takeout.views import YourData
from config.urls import api

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler429 = "accounts.views.profile.too_many_attempts"  # allauth asks for it
handler500 = "config.views.server_error"

urlpatterns = [
    path("api/", include(api)),
    path("", include("accounts.urls")),
    path("", include("merchants.urls")),
    path("", include("payments.urls")),
    path("profile/close/", CloseAccount.as_view(), name="close_account"),
    path("closed/", account_closed, name="account_closed"),
    path("profile/data/", YourData.as_view(), name="your_data"),
    path("problems/", views.problem_list, name="problem_list"),
    path("problems/<slug:code>", views.problem_type, name="problem_type"),
    *([path("design/", design, name="design")] if settings.DEBUG else []),
    # Pages of the apps go above this line: the last pattern takes whatever is left.
    re_path(r"", views.unknown_path),
]
