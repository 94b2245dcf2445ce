// Applications on servers and without a browser, with the libraries people use there, over TLS against `vestibule serve`:
// msal-node, msal for Python and Authlib, each in a process that trusts our certificate as its platform does.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { SETS } from "../harness/server.mjs";
import { digest, startProduction } from "../harness/production.mjs";
import { run } from "./world.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const DESK_ID = "9b2e4c6d-1f3a-4b5c-8d7e-6f5a4b3c2d1e";
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
      policies: [path.join(HERE, "policies/PasswordGrant.xml")],
      applications: `
[[application]]
client_id = "${WEB_ID}"
name = "Shop"
secrets = ["${digest(SECRET)}"]
redirect_uris = { web = ["${REDIRECT}"] }
delegated_permissions = ["${API}/read"]
application_permissions = ["${API}/Orders.Read"]
[[application]]
client_id = "${DESK_ID}"
name = "Desk"
redirect_uris = { native = ["http://localhost"] }
password_grant = true
implicit_id_token = true
implicit_access_token = true
[[application]]
client_id = "6c1e7a90-2b4d-4f83-8a5c-9e0f1d2c3b4a"
name = "API"
api = { uri = "${API}", scopes = ["read", "write"], roles = ["Orders.Read"] }
`,
    });
    told = {
      ...process.env, ORIGIN: server.origin, TENANT: SETS.own.tenant, SIGN_IN: SETS.own.signIn, PASSWORD_GRANT: "B2C_1A_PasswordGrant", WEB_ID, DESK_ID, SECRET, REDIRECT, API,
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

  for (const [name, command, file] of [["@azure/msal-node", process.execPath, "msal_node_direct.app.mjs"], ["msal for Python", python, "msal_python_direct.app.py"]]) {
    test(`${name} without a browser: client credentials, and a user's name and password`, async () => {
      assert.match(await run(command, file, told), /in its own name[\s\S]*by name and password/);
    });
  }

  test("Authlib signs in, asks for user information, refreshes, signs out", async () => {
    assert.match(await run(python, "authlib.app.py", told), /signed in[\s\S]*user information[\s\S]*refreshed[\s\S]*signed out/);
  });
});
