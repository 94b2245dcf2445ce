"""Without a browser, with msal: client credentials, and a user's name and password."""
import os

import msal
import requests

ORIGIN, TENANT = os.environ["ORIGIN"], os.environ["TENANT"]
SIGN_IN, PASSWORD_GRANT = os.environ["SIGN_IN"], os.environ["PASSWORD_GRANT"]
API, EMAIL, PASSWORD = os.environ["API"], os.environ["EMAIL"], os.environ["PASSWORD"]


class Session(requests.Session):
    """msal asks for the user's realm at the authority's host without its port (protocols 1): here that is ours."""

    def request(self, method, url, **options):
        if url.startswith("https://localhost/common/userrealm/"):
            url = ORIGIN + url.removeprefix("https://localhost")
        return super().request(method, url, **options)


daemon = msal.ConfidentialClientApplication(
    os.environ["WEB_ID"], client_credential=os.environ["SECRET"], authority=f"{ORIGIN}/{TENANT}/{SIGN_IN}"
)
result = daemon.acquire_token_for_client(scopes=[f"{API}/.default"])
assert "access_token" in result and "refresh_token" not in result, result
again = daemon.acquire_token_for_client(scopes=[f"{API}/.default"])
assert again["access_token"] == result["access_token"] and again["token_source"] == "cache", again
print("in its own name")

desk_id = os.environ["DESK_ID"]
desk = msal.PublicClientApplication(
    desk_id, authority=f"{ORIGIN}/{TENANT}/{PASSWORD_GRANT}", http_client=Session()
)
refused = desk.acquire_token_by_username_password(EMAIL, "Wrong-Horse-1", scopes=[desk_id])
assert "AADB2C90225" in refused.get("error_description", ""), refused
user = desk.acquire_token_by_username_password(EMAIL, PASSWORD, scopes=[desk_id])
assert "access_token" in user, user
(account,) = desk.get_accounts()
fresh = desk.acquire_token_silent_with_error([desk_id], account=account, force_refresh=True)
assert fresh and "access_token" in fresh, fresh
print("by name and password")
