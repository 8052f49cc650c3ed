"""Addresses of cases."""

from __future__ import annotations

from django.urls import path

from comity.web.cases import views

urlpatterns = [
    path("<str:thread>/", views.case, name="case"),
    path("<str:thread>/owner/", views.hold, name="hold"),
    path("<str:thread>/file/", views.own_file, name="file-under"),
]
