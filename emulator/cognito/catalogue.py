"""Which operations there are, each built with exactly the services it names."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from emulator.cognito.operations.admin_create_user import AdminCreateUser
from emulator.cognito.operations.admin_users import (
    AdminConfirmSignUp,
    AdminDeleteUser,
    AdminGetUser,
    AdminResetUserPassword,
    AdminSetUserPassword,
    AdminSwitchUser,
    AdminUpdateUserAttributes,
    Target,
)
from emulator.cognito.operations.change_password import ChangePassword
from emulator.cognito.operations.confirm_sign_up import ConfirmSignUp, ResendConfirmationCode
from emulator.cognito.operations.describe import (
    DescribeUserPool,
    DescribeUserPoolClient,
    ListUserPoolClients,
    ListUserPools,
)
from emulator.cognito.operations.forgot_password import ConfirmForgotPassword, ForgotPassword
from emulator.cognito.operations.initiate_auth import InitiateAuth
from emulator.cognito.operations.list_users import ListUsers
from emulator.cognito.operations.new_password import NewPassword
from emulator.cognito.operations.own_attributes import (
    DeleteUserAttributes,
    GetUserAttributeVerificationCode,
    UpdateUserAttributes,
    VerifyUserAttribute,
)
from emulator.cognito.operations.own_user import DeleteUser, GetUser
from emulator.cognito.operations.password_auth import PasswordAuth
from emulator.cognito.operations.refresh import GetTokensFromRefreshToken, RefreshAuth
from emulator.cognito.operations.respond_to_auth_challenge import RespondToAuthChallenge
from emulator.cognito.operations.sessions_end import (
    AdminUserGlobalSignOut,
    GlobalSignOut,
    RevokeToken,
    SignOutEverywhere,
)
from emulator.cognito.operations.sign_up import SignUp
from emulator.cognito.operations.srp_auth import SrpAuth
from emulator.cognito.services import Services


Handler = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


def operations(s: Services) -> dict[str, Handler]:
    """Every operation by its name."""
    return {
        **_signing_up(s),
        **_signing_in(s),
        **_recovery(s),
        **_own(s),
        **_admin(s),
        **_lists(s),
    }


def _signing_up(s: Services) -> dict[str, Handler]:
    return {
        "SignUp": SignUp(s.pools, s.store, s.users, s.delivery, s.triggers, s.clock, s.entropy),
        "ConfirmSignUp": ConfirmSignUp(s.pools, s.store, s.users, s.codes, s.triggers),
        "ResendConfirmationCode": ResendConfirmationCode(s.pools, s.store, s.users, s.delivery),
    }


def _signing_in(s: Services) -> dict[str, Handler]:
    srp = SrpAuth(s.users, s.ghosts, s.lockout, s.exchanges, s.completion, s.clock, s.entropy)
    password = PasswordAuth(s.users, s.ghosts, s.lockout, s.completion)
    refresh = RefreshAuth(s.refreshing, s.completion)
    new_password = NewPassword(s.store, s.users, s.new_passwords, s.completion, s.clock, s.entropy)
    return {
        "InitiateAuth": InitiateAuth(s.pools, srp, password, refresh),
        "RespondToAuthChallenge": RespondToAuthChallenge(s.pools, srp, new_password),
        "GetTokensFromRefreshToken": GetTokensFromRefreshToken(s.pools, s.refreshing, s.completion),
        "RevokeToken": RevokeToken(s.pools, s.store, s.sign_ins),
    }


def _recovery(s: Services) -> dict[str, Handler]:
    return {
        "ForgotPassword": ForgotPassword(s.pools, s.store, s.users, s.ghosts, s.delivery),
        "ConfirmForgotPassword": ConfirmForgotPassword(
            s.pools, s.store, s.users, s.ghosts, s.codes, s.triggers, s.clock, s.entropy
        ),
    }


def _own(s: Services) -> dict[str, Handler]:
    sign_out = SignOutEverywhere(s.store, s.users, s.sign_ins, s.clock)
    return {
        "ChangePassword": ChangePassword(s.access, s.store, s.users, s.lockout, s.clock, s.entropy),
        "DeleteUser": DeleteUser(s.access, s.store, s.users),
        "DeleteUserAttributes": DeleteUserAttributes(s.access, s.store, s.users),
        "GetUser": GetUser(s.access),
        "GetUserAttributeVerificationCode": GetUserAttributeVerificationCode(
            s.access, s.store, s.delivery
        ),
        "GlobalSignOut": GlobalSignOut(s.access, sign_out),
        "UpdateUserAttributes": UpdateUserAttributes(s.access, s.store, s.users, s.delivery),
        "VerifyUserAttribute": VerifyUserAttribute(s.access, s.store, s.users, s.codes),
    }


def _admin(s: Services) -> dict[str, Handler]:
    target = Target(s.pools, s.users)
    sign_out = SignOutEverywhere(s.store, s.users, s.sign_ins, s.clock)
    return {
        "AdminConfirmSignUp": AdminConfirmSignUp(target, s.store, s.triggers),
        "AdminCreateUser": AdminCreateUser(
            s.pools, s.store, s.users, s.mailbox, s.triggers, s.clock, s.entropy
        ),
        "AdminDeleteUser": AdminDeleteUser(target, s.store),
        "AdminDisableUser": AdminSwitchUser(target, s.store, s.sign_ins, s.clock, False),
        "AdminEnableUser": AdminSwitchUser(target, s.store, s.sign_ins, s.clock, True),
        "AdminGetUser": AdminGetUser(target),
        "AdminResetUserPassword": AdminResetUserPassword(target, s.store, s.delivery),
        "AdminSetUserPassword": AdminSetUserPassword(target, s.store, s.clock, s.entropy),
        "AdminUpdateUserAttributes": AdminUpdateUserAttributes(target, s.store),
        "AdminUserGlobalSignOut": AdminUserGlobalSignOut(s.pools, s.users, sign_out),
    }


def _lists(s: Services) -> dict[str, Handler]:
    return {
        "DescribeUserPool": DescribeUserPool(s.pools, s.users, s.facts),
        "DescribeUserPoolClient": DescribeUserPoolClient(s.pools, s.facts),
        "ListUserPoolClients": ListUserPoolClients(s.pools),
        "ListUserPools": ListUserPools(s.pools, s.facts),
        "ListUsers": ListUsers(s.pools, s.users),
    }
