"""Address of the probe."""

from __future__ import annotations

from django.urls import path

from comity.web.probe import views

urlpatterns = [path("", views.probe, name="probe")]
