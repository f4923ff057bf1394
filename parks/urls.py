"""Addresses of the comparison of the parks and of one park."""

from django.urls import path

from parks import views

app_name = "parks"
urlpatterns = [
    path("", views.park_list, name="list"),
    path("<slug:code>/", views.park_page, name="park"),
]
