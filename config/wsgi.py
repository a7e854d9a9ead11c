"""What the web server runs. An unsafe configuration does not start."""

import os

import django
from django.core.handlers.wsgi import WSGIHandler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from config.checks import demand_safe_configuration  # noqa: E402 - the apps must be ready

demand_safe_configuration()
application = WSGIHandler()
