"""Address of the inbox."""

from __future__ import annotations

from django.urls import path

from comity.web.inbox import views

urlpatterns = [path("", views.inbox, name="inbox"), path("start/", views.start, name="start")]
