// Every endpoint under generated requests: schemathesis makes them from a description, with a fixed seed, and none may be
// answered with a failure of ours. Bounded to about a minute.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { SETS } from "../harness/server.mjs";
import { TENANT_ID, digest, startProduction } from "../harness/production.mjs";
import { describe as described } from "./openapi.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const PROGRAM = path.join(path.dirname(process.env.PYTHON ?? path.join(HERE, "../.venv/bin/python")), "schemathesis");
const PUBLIC = "5b1d3f0e-6a53-4c0b-9d3c-0a4d6a1f7e21";
const CONFIDENTIAL = "0d8f3a52-6f0e-4c37-9b1d-5a2f7c4e9b60";
const SPA = "https://spa.example.com/";
const WEB = "https://web.example.com/cb";
const API = "https://vestibule.onmicrosoft.com/api";

/** Runs schemathesis, which keeps notes in the folder it is started in. */
const run = (args, cwd) =>
  new Promise((resolve) => {
    execFile(PROGRAM, args, { cwd, timeout: 150_000, maxBuffer: 1 << 26, env: { ...process.env, NO_COLOR: "1" } }, (error, stdout, stderr) => resolve({ code: error ? (error.code ?? 1) : 0, output: stdout + stderr }));
  });

describe("generated requests", () => {
  let server, folder;
  const secret = randomBytes(32).toString("base64url");
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "vestibule-endpoints-"));
    server = await startProduction({
      tls: false,
      applications: `
[[application]]
client_id = "${PUBLIC}"
name = "Single page"
implicit_id_token = true
implicit_access_token = true
redirect_uris = { spa = ["${SPA}"] }
delegated_permissions = ["${API}/.default"]
[[application]]
client_id = "${CONFIDENTIAL}"
name = "Server"
secrets = ["${digest(secret)}"]
redirect_uris = { web = ["${WEB}"] }
api = { uri = "${API}", scopes = ["read"] }
`,
      settings: "[openid]\nrevocation = true\nintrospection = true\n[limits]\nenabled = false\n[session]\nfrontchannel_logout = true\nbackchannel_logout = true\n[log]\nlevel = \"warn\"\n",
    });
  });
  after(async () => {
    await server?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  test("no request of thousands is answered with a 5xx", { timeout: 180_000 }, async () => {
    assert.ok(existsSync(PROGRAM), "Python packages are missing: run ./test prepare");
    const policies = [SETS.own.signIn, SETS.own.edit, SETS.own.reset];
    const document = described({ tenant: SETS.own.tenant, tenantId: TENANT_ID, policies, clients: [PUBLIC, CONFIDENTIAL], redirectUris: [SPA, WEB], secret, api: API });
    const [schema, report] = ["openapi.json", "requests.xml"].map((name) => path.join(folder, name));
    writeFileSync(schema, JSON.stringify(document));
    const { code, output } = await run([
      "run", schema, "--url", server.origin, "--checks", "not_a_server_error", "--seed", "20261124", "--max-examples", "20", "--phases", "coverage,fuzzing",
      "--workers", "2", "--request-timeout", "20", "--no-shrink", "--warnings", "off", "--report", "junit", "--report-junit-path", report,
    ], folder);
    assert.equal(code, 0, `${output.slice(-6_000)}\n${server.log().slice(-2_000)}`);
    const operations = Object.values(document.paths).flatMap((item) => Object.keys(item)).filter((name) => ["get", "post"].includes(name)).length;
    const tested = Number(/tests="(\d+)"/.exec(readFileSync(report, "utf8"))?.[1] ?? 0);
    assert.ok(tested >= operations, `${tested} of ${operations} operations were tested`);
    const made = Number(/(\d+) generated/.exec(output)?.[1] ?? 0);
    assert.ok(made > 1_000, `only ${made} requests:\n${output.slice(-2_000)}`);
  });
});
