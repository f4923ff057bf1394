"""Addresses of the parks' list, of their comparison, and of one park."""

from django.urls import path

from parks import views

app_name = "parks"
urlpatterns = [
    path("", views.park_list, name="list"),
    path("compare/", views.compare_page, name="compare"),
    path("<slug:code>/", views.park_page, name="park"),
]
