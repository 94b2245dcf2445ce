// Applications on servers, with the libraries people use there, over TLS against `vestibule serve`: msal-node, msal for
// Python and Authlib, each in a process that trusts our certificate as its platform does.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { SETS } from "../harness/server.mjs";
import { digest, startProduction } from "../harness/production.mjs";
import { run } from "./world.mjs";

const WEB_ID = "0d8f3a52-6f0e-4c37-9b1d-5a2f7c4e9b60";
const API = "https://vestibule.onmicrosoft.com/api";
const REDIRECT = "http://localhost:52740/callback";
const SECRET = randomBytes(32).toString("base64url");

describe("applications on servers", () => {
  let server, told;
  const python = process.env.PYTHON ?? "python3";
  before(async () => {
    assert.ok(existsSync(python), "Python packages are missing: run ./test prepare");
    server = await startProduction({
      applications: `
[[application]]
client_id = "${WEB_ID}"
name = "Shop"
secrets = ["${digest(SECRET)}"]
redirect_uris = { web = ["${REDIRECT}"] }
[[application]]
client_id = "6c1e7a90-2b4d-4f83-8a5c-9e0f1d2c3b4a"
name = "API"
api = { uri = "${API}", scopes = ["read", "write"] }
`,
    });
    told = {
      ...process.env, ORIGIN: server.origin, TENANT: SETS.own.tenant, SIGN_IN: SETS.own.signIn, WEB_ID, SECRET, REDIRECT, API,
      EMAIL: server.who.email, PASSWORD: server.who.password, NODE_EXTRA_CA_CERTS: server.caFile, REQUESTS_CA_BUNDLE: server.caFile,
      NO_PROXY: "localhost,127.0.0.1",
    };
  });
  after(() => server?.stop());

  test("@azure/msal-node with a secret signs in and refreshes", async () => {
    assert.match(await run(process.execPath, "msal_node_web.app.mjs", told), /signed in[\s\S]*refreshed/);
  });

  test("msal for Python with a secret signs in and refreshes", async () => {
    assert.match(await run(python, "msal_python_web.app.py", told), /signed in[\s\S]*refreshed/);
  });

  test("Authlib signs in, asks for user information, refreshes, signs out", async () => {
    assert.match(await run(python, "authlib.app.py", told), /signed in[\s\S]*user information[\s\S]*refreshed[\s\S]*signed out/);
  });
});
