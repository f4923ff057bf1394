"""The address of the initiatives; the targets' own pages know the parks and stand in `overview`."""

from django.urls import path

from targets import views

urlpatterns = [path("", views.initiatives, name="initiatives")]
