"""The admin with our desk as its first page."""

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class InnovationAdminSite(AdminSite):
    site_header = _("长春创新目标 · 填报与审核")
    site_title = _("长春创新目标")
    index_title = _("工作台")
