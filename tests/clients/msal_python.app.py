"""A desktop application with msal: nothing configured but client id and authority, pages driven by expressions."""
import os

import msal
import requests

from pages import answer, returned

ORIGIN, TENANT = os.environ["ORIGIN"], os.environ["TENANT"]
SIGN_IN, EDIT = os.environ["SIGN_IN"], os.environ["EDIT"]
CLIENT_ID = os.environ["CLIENT_ID"]
REDIRECT = "http://localhost:52732"
browser = requests.Session()


def application(policy, cache):
    return msal.PublicClientApplication(CLIENT_ID, authority=f"{ORIGIN}/{TENANT}/{policy}", token_cache=cache)


cache = msal.TokenCache()
app = application(SIGN_IN, cache)
flow = app.initiate_auth_code_flow(scopes=[CLIENT_ID], redirect_uri=REDIRECT)
done = answer(browser, ORIGIN, browser.get(flow["auth_uri"]), {"signInName": os.environ["EMAIL"], "password": os.environ["PASSWORD"]})
result = app.acquire_token_by_auth_code_flow(flow, returned(done))
assert "access_token" in result, result
subject = result["id_token_claims"]["sub"]
print("signed in")

(account,) = app.get_accounts()
silent = app.acquire_token_silent([CLIENT_ID], account=account)
assert silent and silent["access_token"] == result["access_token"], silent
fresh = app.acquire_token_silent_with_error([CLIENT_ID], account=account, force_refresh=True)
assert fresh and "access_token" in fresh, fresh
print("refreshed")

editor = application(EDIT, cache)
flow = editor.initiate_auth_code_flow(scopes=[CLIENT_ID], redirect_uri=REDIRECT)
page = browser.get(flow["auth_uri"])
assert '"api":"SelfAsserted"' in page.text and "givenName" in page.text
edited = editor.acquire_token_by_auth_code_flow(flow, returned(answer(browser, ORIGIN, page, {"givenName": "Barbara"})))
assert edited.get("id_token_claims", {}).get("sub") == subject, edited
print("switched policy")

for known in app.get_accounts() + editor.get_accounts():
    app.remove_account(known)
out = browser.get(
    f"{ORIGIN}/{TENANT}/{SIGN_IN}/oauth2/v2.0/logout",
    params={"post_logout_redirect_uri": os.environ["SIGNED_OUT"]},
    headers={"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"},
    allow_redirects=False,
)
assert out.status_code == 302 and out.headers["Location"] == os.environ["SIGNED_OUT"], out.headers
flow = app.initiate_auth_code_flow(scopes=[CLIENT_ID], redirect_uri=REDIRECT)
assert '"api":"CombinedSigninAndSignup"' in browser.get(flow["auth_uri"]).text
print("signed out")
