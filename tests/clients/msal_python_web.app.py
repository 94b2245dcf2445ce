"""A web application on a server with msal: code with a secret, refresh."""
import os

import msal
import requests

from pages import answer, returned

ORIGIN, TENANT, SIGN_IN = os.environ["ORIGIN"], os.environ["TENANT"], os.environ["SIGN_IN"]
API, REDIRECT = os.environ["API"], os.environ["REDIRECT"]
AUTHORITY = f"{ORIGIN}/{TENANT}/{SIGN_IN}"
browser = requests.Session()

app = msal.ConfidentialClientApplication(
    os.environ["WEB_ID"], client_credential=os.environ["SECRET"], authority=AUTHORITY
)
flow = app.initiate_auth_code_flow(scopes=[f"{API}/read"], redirect_uri=REDIRECT)
fields = {"signInName": os.environ["EMAIL"], "password": os.environ["PASSWORD"]}
done = answer(browser, ORIGIN, browser.get(flow["auth_uri"]), fields)
result = app.acquire_token_by_auth_code_flow(flow, returned(done))
assert "access_token" in result and "refresh_token" in result, result
print("signed in")

(account,) = app.get_accounts()
silent = app.acquire_token_silent([f"{API}/read"], account=account)
assert silent and silent["access_token"] == result["access_token"], silent
fresh = app.acquire_token_silent_with_error([f"{API}/read"], account=account, force_refresh=True)
assert fresh and "access_token" in fresh, fresh
print("refreshed")
