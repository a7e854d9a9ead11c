"""What the admin console answers."""

from django.urls import path

from support.consoles import admin_console

handler400 = "config.views.bad_request"
handler403 = "config.views.forbidden"
handler404 = "config.views.not_found"
handler500 = "config.views.server_error"

urlpatterns = [path("", admin_console.urls)]
