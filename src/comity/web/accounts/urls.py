"""Addresses of sign-in; allauth finds them by these names. There is no sign-up and no password reset by mail."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from django.urls import path
from django.views.generic import RedirectView

from comity.web.accounts import key_views, password, views

NOWHERE = RedirectView.as_view(pattern_name="account_login")

urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("closed/", account.account_inactive, name="account_inactive"),
    path("confirm/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("confirm/password/", account.reauthenticate, name="account_reauthenticate"),
    path("code/", views.SecondFactor.as_view(), name="mfa_authenticate"),
    path("authenticator/", views.EnrolFactor.as_view(), name="mfa_activate_totp"),
    path("authenticator/set-up/", RedirectView.as_view(pattern_name="inbox"), name="mfa_deactivate_totp"),
    path("password/", password.change_password, name="account_change_password"),
    path("security/", views.Account.as_view(), name="mfa_index"),
    path("security/keys/new/", key_views.AddKey.as_view(), name="mfa_add_webauthn"),
    path("security/keys/<int:pk>/remove/", key_views.remove_key, name="mfa_remove_webauthn"),
    path("recovery-codes/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("recovery-codes/new/", views.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("language/", views.choose_language, name="language"),
    path("sign-up/", NOWHERE, name="account_signup"),
    path("password/reset/", NOWHERE, name="account_reset_password"),
    path("email/", NOWHERE, name="account_email"),
]
