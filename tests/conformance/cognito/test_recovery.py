"""Statements 46 to 51: forgotten and changed passwords, hidden users, secrets of clients."""

import base64
import hashlib
import hmac

from tests.conformance.cognito.lab import OTHER, PASSWORD, Lab, other, pairs
from tests.conformance.cognito.test_wire import UUID


REFUSED = "Incorrect username or password."


def forgot(lab: Lab, name: str, client: str = "Web") -> object:
    answer = lab.public.forgot_password(ClientId=lab.client(client), Username=name)
    return answer["CodeDeliveryDetails"]


def reset(lab: Lab, name: str, code: str, password: str = OTHER, client: str = "Web") -> None:
    lab.public.confirm_forgot_password(
        ClientId=lab.client(client), Username=name, ConfirmationCode=code, Password=password
    )


def test_c46_unreachable(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    lab.admin.admin_update_user_attributes(
        UserPoolId=lab.pool("Names"), Username=name, UserAttributes=pairs(email_verified="false")
    )
    sent = len(lab.mails(f"{name}@lab.example"))
    text = (
        "Cannot reset password for the user as there is no registered/verified email or "
        "phone_number"
    )
    with lab.refused("InvalidParameter", text):
        forgot(lab, name, "Telling")
    details = forgot(lab, name)
    assert isinstance(details, dict)
    assert details["DeliveryMedium"] == "EMAIL"
    assert len(lab.mails(f"{name}@lab.example")) == sent


def test_c47_reset(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    forgot(lab, name)
    code = lab.mails(f"{name}@lab.example")[0]
    with lab.refused("CodeMismatch"):
        reset(lab, name, other(code))
    with lab.later(3601), lab.refused("ExpiredCode"):
        reset(lab, name, code)
    lab.sign_in(name)
    with lab.later(3500):
        reset(lab, name, code)
    with lab.refused("NotAuthorized", REFUSED):
        lab.sign_in(name)
    lab.sign_in(name, OTHER)
    with lab.refused("ExpiredCode"):
        reset(lab, name, code, PASSWORD)


def test_c48_change(lab: Lab, name: str) -> None:
    lab.confirmed(name)
    token = lab.sign_in(name)["AccessToken"]

    def change(previous: str, proposed: str) -> None:
        lab.public.change_password(
            AccessToken=token, PreviousPassword=previous, ProposedPassword=proposed
        )

    with lab.refused("NotAuthorized", REFUSED):
        change("Wr0ng!password", OTHER)
    with lab.refused("InvalidPassword"):
        change(PASSWORD, "weak")
    lab.sign_in(name)
    change(PASSWORD, OTHER)
    lab.sign_in(name, OTHER)


def test_c49_hidden_users(lab: Lab, name: str) -> None:
    with lab.refused("NotAuthorized", REFUSED):
        lab.begin(name)
    first, second = (lab.srp_a(name)["ChallengeParameters"] for _ in range(2))
    for member in ("SALT", "USERNAME", "USER_ID_FOR_SRP"):
        assert first[member] == second[member]
    assert first["SRP_B"] != second["SRP_B"]
    assert UUID.fullmatch(first["USER_ID_FOR_SRP"])
    assert lab.srp_a(f"{name}-2")["ChallengeParameters"]["SALT"] != first["SALT"]


def test_c50_told_users(lab: Lab, name: str) -> None:
    with lab.refused("UserNotFound", "User does not exist."):
        lab.begin(name, client="Telling")
    with lab.refused("UserNotFound", "User does not exist."):
        lab.srp_a(name, "Telling")
    with lab.refused("UserNotFound", "Username/client id combination not found."):
        forgot(lab, name, "Telling")


def test_c51_secret_hash(lab: Lab, name: str) -> None:
    secretive, web = lab.client("Secretive"), lab.client("Web")
    lab.confirmed(name)
    message = (name + secretive).encode()
    mac = hmac.new(lab.secret("Secretive").encode(), message, hashlib.sha256).digest()
    right = base64.b64encode(mac).decode()

    def begin(client_id: str, **more: str) -> dict[str, object]:
        found: dict[str, object] = lab.public.initiate_auth(
            ClientId=client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD, **more},
        )
        return found

    missing = f"Client {secretive} is configured with secret but SECRET_HASH was not received"
    with lab.refused("NotAuthorized", missing):
        begin(secretive)
    wrong = f"Unable to verify secret hash for client {secretive}"
    with lab.refused("NotAuthorized", wrong):
        begin(secretive, SECRET_HASH="A" + right[1:] if right[0] != "A" else "B" + right[1:])
    assert "AuthenticationResult" in begin(secretive, SECRET_HASH=right)
    needless = f"App client {web} is not configured for secret but secret hash was received"
    with lab.refused("InvalidParameter", needless):
        begin(web, SECRET_HASH=right)
