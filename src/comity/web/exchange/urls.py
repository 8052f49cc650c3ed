"""Address of the messages."""

from __future__ import annotations

from django.urls import path

from comity.web.exchange import views

urlpatterns = [path("", views.messages, name="messages")]
