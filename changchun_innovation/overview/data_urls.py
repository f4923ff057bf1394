"""Addresses of the data page and its files."""

from django.urls import path

from changchun_innovation.overview import data

app_name = "data"
urlpatterns = [
    path("", data.index, name="index"),
    path("datapackage.json", data.package, name="package"),
    path("wide.xlsx", data.wide, name="wide"),
    path("<slug:dataset>.csv", data.dataset_csv, name="dataset"),
    path("<slug:dataset>.xlsx", data.dataset_xlsx, name="workbook"),
]
