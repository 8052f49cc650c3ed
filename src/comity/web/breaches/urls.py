"""Addresses of breaches."""

from __future__ import annotations

from django.urls import path

from comity.web.breaches import views

urlpatterns = [
    path("", views.breaches, name="breaches"),
    path("new/", views.new, name="new-breach"),
    path("<str:breach>/", views.breach, name="breach"),
]
