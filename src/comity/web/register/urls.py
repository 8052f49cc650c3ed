"""Addresses of the register's pages."""

from __future__ import annotations

from django.urls import path

from comity.web.register import linking, numbers, reviews, views

urlpatterns = [
    path("", views.register, name="register"),
    path("links/", linking.links, name="links"),
    path("numbers/", numbers.numbers, name="numbers"),
    path("review/", reviews.review, name="review"),
]
