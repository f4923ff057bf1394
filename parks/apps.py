from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ParksConfig(AppConfig):
    name = "parks"
    verbose_name = _("园区与季报")

    def ready(self):
        # A file's content goes with its last row, whoever deletes it.
        from parks import evidence  # noqa: F401
