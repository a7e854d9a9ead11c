"""What the web server runs. An unsafe configuration does not start."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from config.checks import demand_safe_configuration  # noqa: E402  # the apps must be ready

demand_safe_configuration()
