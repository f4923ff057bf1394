from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ChangchunInnovationConfig(AppConfig):
    """The site itself: commands, language files and the few models that belong to no other room."""

    name = "changchun_innovation"
    verbose_name = "长春创新目标"

    def ready(self) -> None:
        from changchun_innovation import audit, checks  # noqa: F401


class SiteAdminConfig(AdminConfig):
    """The admin, with our desk as its first page."""

    default_site = "changchun_innovation.admin_site.InnovationAdminSite"
