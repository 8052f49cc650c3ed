"""Address of the register's page."""

from __future__ import annotations

from django.urls import path

from comity.web.register import views

urlpatterns = [path("", views.register, name="register")]
