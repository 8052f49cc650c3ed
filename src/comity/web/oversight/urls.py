"""Address of oversight."""

from __future__ import annotations

from django.urls import path

from comity.web.oversight import counted, views, watched

urlpatterns = [
    path("", views.oversight, name="oversight"),
    path("searches/", watched.watched, name="watched"),
    path("numbers/", counted.counted, name="counted"),
]
