"""A web application with Authlib: discovery, code with PKCE and a secret in the header, id token checked against the key
set, UserInfo, refresh, sign-out."""
import os
from urllib.parse import urlencode

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

from pages import answer, returned

ORIGIN, TENANT, SIGN_IN = os.environ["ORIGIN"], os.environ["TENANT"], os.environ["SIGN_IN"]
WEB_ID, REDIRECT = os.environ["WEB_ID"], os.environ["REDIRECT"]
browser = requests.Session()
document = requests.get(f"{ORIGIN}/{TENANT}/{SIGN_IN}/v2.0/.well-known/openid-configuration").json()
keys = KeySet.import_key_set(requests.get(document["jwks_uri"]).json())

client = OAuth2Session(
    WEB_ID,
    os.environ["SECRET"],
    scope=f"openid offline_access {WEB_ID}",
    redirect_uri=REDIRECT,
    token_endpoint_auth_method="client_secret_basic",
    code_challenge_method="S256",
)
verifier, nonce = generate_token(48), generate_token(20)
url, state = client.create_authorization_url(document["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
fields = {"signInName": os.environ["EMAIL"], "password": os.environ["PASSWORD"]}
done = answer(browser, ORIGIN, browser.get(url), fields)
arrived = f"{REDIRECT}?{urlencode(returned(done))}"
token = client.fetch_token(document["token_endpoint"], authorization_response=arrived, code_verifier=verifier, state=state)


def checked(id_token):
    claims = jwt.decode(id_token, keys, algorithms=["RS256"]).claims
    rules = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": document["issuer"]},
        aud={"essential": True, "value": WEB_ID},
        exp={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    rules.validate(claims)
    return claims


claims = checked(token["id_token"])
print("signed in")

info = client.get(document["userinfo_endpoint"]).json()
assert info["sub"] == claims["sub"] and info["email"] == os.environ["EMAIL"], info
print("asked for user information")

fresh = client.refresh_token(document["token_endpoint"], refresh_token=token["refresh_token"])
assert checked(fresh["id_token"])["sub"] == claims["sub"]
assert fresh["refresh_token"] != token["refresh_token"], "rotated"
print("refreshed")

out = browser.get(
    document["end_session_endpoint"],
    params={"id_token_hint": fresh["id_token"], "post_logout_redirect_uri": REDIRECT, "state": "bye"},
    allow_redirects=False,
)
assert out.headers["Location"] == f"{REDIRECT}?state=bye", out.text
print("signed out")
