"""What the admin console answers."""

from django.urls import URLPattern, URLResolver, re_path

from config import views

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    re_path(r"", views.unknown_path),
]
