"""Which operations there are, each built with exactly the services it names."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from emulator.cognito.operations.admin_create_user import AdminCreateUser
from emulator.cognito.operations.admin_users import (
    AdminConfirmSignUp,
    AdminDeleteUser,
    AdminDeleteUserAttributes,
    AdminGetUser,
    AdminResetUserPassword,
    AdminSetUserPassword,
    AdminSwitchUser,
    AdminUpdateUserAttributes,
    Target,
)
from emulator.cognito.operations.challenged import Challenged
from emulator.cognito.operations.change_password import ChangePassword
from emulator.cognito.operations.confirm_sign_up import ConfirmSignUp, ResendConfirmationCode
from emulator.cognito.operations.custom_auth import CustomAuth
from emulator.cognito.operations.describe import (
    DescribeUserPool,
    DescribeUserPoolClient,
    ListUserPoolClients,
    ListUserPools,
)
from emulator.cognito.operations.forgot_password import ConfirmForgotPassword, ForgotPassword
from emulator.cognito.operations.groups import (
    AdminAddUserToGroup,
    AdminListGroupsForUser,
    AdminRemoveUserFromGroup,
    CreateGroup,
    DeleteGroup,
    GetGroup,
    ListGroups,
    ListUsersInGroup,
    UpdateGroup,
)
from emulator.cognito.operations.initiate_auth import AdminInitiateAuth, Flows, InitiateAuth
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
from emulator.cognito.operations.pool_settings import (
    AddCustomAttributes,
    CreateUserPool,
    CreateUserPoolClient,
    DeleteUserPool,
    DeleteUserPoolClient,
    GetUserPoolMfaConfig,
    SetUserPoolMfaConfig,
    UpdateUserPool,
    UpdateUserPoolClient,
)
from emulator.cognito.operations.refresh import GetTokensFromRefreshToken, RefreshAuth
from emulator.cognito.operations.respond_to_auth_challenge import Answers, RespondToAuthChallenge
from emulator.cognito.operations.second_factor import (
    AdminSetUserMFAPreference,
    AssociateSoftwareToken,
    SecondFactor,
    SetUserMFAPreference,
    VerifySoftwareToken,
)
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
        **_second_factor(s),
        **_admin(s),
        **_groups(s),
        **_settings(s),
        **_lists(s),
    }


def _signing_up(s: Services) -> dict[str, Handler]:
    return {
        "SignUp": SignUp(s.pools, s.store, s.users, s.delivery, s.triggers, s.clock, s.entropy),
        "ConfirmSignUp": ConfirmSignUp(s.pools, s.store, s.users, s.codes, s.triggers),
        "ResendConfirmationCode": ResendConfirmationCode(
            s.pools, s.store, s.users, s.delivery, s.limits
        ),
    }


def _signing_in(s: Services) -> dict[str, Handler]:
    custom = CustomAuth(s.users, s.ghosts, s.triggers, s.sessions, s.completion)
    srp = SrpAuth(
        s.users, s.ghosts, s.lockout, s.sessions, s.completion, custom, s.clock, s.entropy
    )
    password = PasswordAuth(s.users, s.ghosts, s.lockout, s.completion)
    refresh = RefreshAuth(s.refreshing, s.completion)
    challenged = Challenged(s.users, s.sessions)
    new_password = NewPassword(
        s.store, s.users, s.sessions, challenged, s.completion, s.clock, s.entropy
    )
    second = SecondFactor(s.software_tokens, s.sessions, challenged, s.completion)
    flows = Flows(srp, password, refresh, custom)
    respond = RespondToAuthChallenge(s.pools, Answers(srp, new_password, second, custom))
    return {
        "InitiateAuth": InitiateAuth(s.pools, flows),
        "AdminInitiateAuth": AdminInitiateAuth(s.pools, flows),
        "RespondToAuthChallenge": respond,
        "AdminRespondToAuthChallenge": respond,
        "GetTokensFromRefreshToken": GetTokensFromRefreshToken(s.pools, s.refreshing, s.completion),
        "RevokeToken": RevokeToken(s.pools, s.store, s.sign_ins),
    }


def _recovery(s: Services) -> dict[str, Handler]:
    return {
        "ForgotPassword": ForgotPassword(s.pools, s.store, s.users, s.ghosts, s.delivery, s.limits),
        "ConfirmForgotPassword": ConfirmForgotPassword(
            s.pools, s.store, s.users, s.ghosts, s.codes, s.triggers, s.clock, s.entropy
        ),
    }


def _own(s: Services) -> dict[str, Handler]:
    sign_out = SignOutEverywhere(s.store, s.users, s.sign_ins, s.clock)
    return {
        "ChangePassword": ChangePassword(
            s.access, s.store, s.users, s.lockout, s.limits, s.clock, s.entropy
        ),
        "DeleteUser": DeleteUser(s.access, s.store, s.users),
        "DeleteUserAttributes": DeleteUserAttributes(s.access, s.store, s.users),
        "GetUser": GetUser(s.access, s.software_tokens),
        "GetUserAttributeVerificationCode": GetUserAttributeVerificationCode(
            s.access, s.store, s.delivery, s.limits
        ),
        "GlobalSignOut": GlobalSignOut(s.access, sign_out),
        "UpdateUserAttributes": UpdateUserAttributes(s.access, s.store, s.users, s.delivery),
        "VerifyUserAttribute": VerifyUserAttribute(s.access, s.store, s.users, s.codes),
    }


def _second_factor(s: Services) -> dict[str, Handler]:
    apps = (s.access, s.pools, s.users, s.sessions, s.software_tokens)
    return {
        "AssociateSoftwareToken": AssociateSoftwareToken(*apps),
        "VerifySoftwareToken": VerifySoftwareToken(*apps),
        "SetUserMFAPreference": SetUserMFAPreference(s.access, s.software_tokens),
        "AdminSetUserMFAPreference": AdminSetUserMFAPreference(
            Target(s.pools, s.users), s.software_tokens
        ),
    }


def _admin(s: Services) -> dict[str, Handler]:
    target = Target(s.pools, s.users)
    sign_out = SignOutEverywhere(s.store, s.users, s.sign_ins, s.clock)
    return {
        "AdminConfirmSignUp": AdminConfirmSignUp(target, s.store, s.triggers),
        "AdminCreateUser": AdminCreateUser(
            s.pools, s.store, s.users, s.delivery, s.triggers, s.clock, s.entropy
        ),
        "AdminDeleteUser": AdminDeleteUser(target, s.store),
        "AdminDeleteUserAttributes": AdminDeleteUserAttributes(target, s.store),
        "AdminDisableUser": AdminSwitchUser(target, s.store, s.sign_ins, s.clock, False),
        "AdminEnableUser": AdminSwitchUser(target, s.store, s.sign_ins, s.clock, True),
        "AdminGetUser": AdminGetUser(target, s.software_tokens),
        "AdminResetUserPassword": AdminResetUserPassword(target, s.store, s.delivery),
        "AdminSetUserPassword": AdminSetUserPassword(target, s.store, s.clock, s.entropy),
        "AdminUpdateUserAttributes": AdminUpdateUserAttributes(target, s.store),
        "AdminUserGlobalSignOut": AdminUserGlobalSignOut(s.pools, s.users, sign_out),
    }


def _groups(s: Services) -> dict[str, Handler]:
    target = Target(s.pools, s.users)
    return {
        "AdminAddUserToGroup": AdminAddUserToGroup(target, s.groups),
        "AdminListGroupsForUser": AdminListGroupsForUser(target, s.groups),
        "AdminRemoveUserFromGroup": AdminRemoveUserFromGroup(target, s.groups),
        "CreateGroup": CreateGroup(s.pools, s.groups),
        "DeleteGroup": DeleteGroup(s.pools, s.groups),
        "GetGroup": GetGroup(s.pools, s.groups),
        "ListGroups": ListGroups(s.pools, s.groups),
        "ListUsersInGroup": ListUsersInGroup(s.pools, s.users, s.groups),
        "UpdateGroup": UpdateGroup(s.pools, s.groups),
    }


def _settings(s: Services) -> dict[str, Handler]:
    return {
        "AddCustomAttributes": AddCustomAttributes(s.pools, s.made_pools),
        "CreateUserPool": CreateUserPool(s.pools, s.made_pools),
        "CreateUserPoolClient": CreateUserPoolClient(s.pools, s.made_pools),
        "DeleteUserPool": DeleteUserPool(s.pools, s.made_pools),
        "DeleteUserPoolClient": DeleteUserPoolClient(s.pools, s.made_pools),
        "GetUserPoolMfaConfig": GetUserPoolMfaConfig(s.pools),
        "SetUserPoolMfaConfig": SetUserPoolMfaConfig(s.pools, s.made_pools),
        "UpdateUserPool": UpdateUserPool(s.pools, s.made_pools),
        "UpdateUserPoolClient": UpdateUserPoolClient(s.pools, s.made_pools),
    }


def _lists(s: Services) -> dict[str, Handler]:
    return {
        "DescribeUserPool": DescribeUserPool(s.pools, s.users),
        "DescribeUserPoolClient": DescribeUserPoolClient(s.pools),
        "ListUserPoolClients": ListUserPoolClients(s.pools),
        "ListUserPools": ListUserPools(s.pools),
        "ListUsers": ListUsers(s.pools, s.users),
    }
