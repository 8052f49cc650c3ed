"""Address of oversight."""

from __future__ import annotations

from django.urls import path

from comity.web.oversight import views, watched

urlpatterns = [
    path("", views.oversight, name="oversight"),
    path("searches/", watched.watched, name="watched"),
]
