"""The web server's way in."""

import gc
import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "changchun_innovation.settings")

application = get_wsgi_application()

from changchun_innovation import serving  # noqa: E402  (needs the application's settings)

try:
    serving.check_start()
except serving.ServingRefused as refusal:
    sys.stderr.write(f"{refusal}\n")
    # The status by which gunicorn knows that another attempt would end the same way.
    sys.exit(3)

# What every worker would otherwise read and keep for itself: addresses, words of both languages, the home page.
serving.read_ahead()
gc.freeze()
