// The same modules against default settings, which are the cloud's ways: what fails then, and nothing else (protocols 18,
// rows 1, 2, 5, 6 and 19). So each switch of the conformance profile is shown to be needed, and to be off by default.
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import assert from "node:assert/strict";
import { digest, startProduction, TENANT_ID } from "../harness/production.mjs";
import { REPOSITORY, SETS } from "../harness/server.mjs";
import { run } from "./modules.mjs";
import { Party } from "./party.mjs";
import { ROWS } from "./rows.mjs";
import { chance, liveWire } from "./wire.mjs";

const SUITE = "https://suite.example:8443";
const CLIENT = { client_id: "66666666-6666-4666-8666-666666666666", client_secret: "a-secret-of-the-test" };
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
let server, folder;

/** The profile's policy, as one writes it for the cloud: default issuer, hints not enforced. */
function cloudPolicy() {
  const text = readFileSync(path.join(REPOSITORY, "conformance/Conformance.xml"), "utf8");
  const plain = text
    .replace(/\s*<Item Key="IssuanceClaimPattern">[^<]*<\/Item>/, "")
    .replace(' EnforceIdTokenHintOnLogout="true"', "")
    // A policy of the cloud can write an address as text alone, so it writes none.
    .replace(/\s*<OutputClaim ClaimTypeReferenceId="address" PartnerClaimType="address" \/>/, "");
  assert.equal(plain.includes("AuthorityWithTfp") || plain.includes("EnforceIdTokenHint"), false);
  const made = mkdtempSync(path.join(tmpdir(), "vestibule-cloud-"));
  writeFileSync(path.join(made, "Conformance.xml"), plain);
  return made;
}

before(async () => {
  folder = cloudPolicy();
  const addresses = ["callback", "post_logout_redirect"].map((tail) => `"${SUITE}/test/a/vestibule/${tail}"`);
  server = await startProduction({
    set: { ...SETS.own, folder, signIn: "B2C_1A_Conformance" },
    applications: `
[[application]]
tenant = "${SETS.own.tenant}"
client_id = "${CLIENT.client_id}"
name = "Suite"
secrets = ["${digest(CLIENT.client_secret)}"]
implicit_id_token = true
implicit_access_token = true
[application.redirect_uris]
web = [${addresses.join(", ")}]
`,
    // One person signs in more often than anybody would.
    settings: "[limits]\nenabled = false\n",
  });
});
after(async () => {
  agent.destroy();
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** What a row comes to: nothing, or the first thing that the suite would call a failure. */
async function outcome(row) {
  const suite = {
    alias: "vestibule",
    base: SUITE,
    server: { discoveryUrl: `${server.origin}/${TENANT_ID}/b2c_1a_conformance/v2.0/.well-known/openid-configuration`, login_hint: server.who.email },
    client: CLIENT,
    client2: CLIENT,
    client_secret_post: CLIENT,
    person: { name: server.who.email, password: server.who.password },
  };
  const seed = `cloud ${row.plan} ${row.module} ${row.type}`;
  const party = new Party({ wire: liveWire(server.ca, agent), suite, row, random: chance(seed), pause: sleep, lenient: true });
  try {
    await run(party);
    return { warnings: party.warnings };
  } catch (error) {
    return { failure: error.message, warnings: party.warnings };
  }
}

async function failures(rows) {
  const failed = {};
  for (const row of rows) {
    const { failure } = await outcome(row);
    if (failure) failed[row.module] = failure;
  }
  return failed;
}

const rowsOf = (plan, type) => ROWS.filter((row) => row.plan === `oidcc-${plan}-certification-test-plan` && (!type || row.type === type));

test("row 1: the default issuer is not where its discovery document stands", async () => {
  const failed = await failures(rowsOf("config"));
  assert.match(failed["oidcc-discovery-endpoint-verification"], /the issuer is where the document stands/);
});

test("rows 4, 5 and 6 are warnings: everything else of the implicit plan passes", async () => {
  assert.deepEqual(await failures(rowsOf("implicit", "id_token")), {});
  const { warnings } = await outcome({ ...rowsOf("implicit", "id_token")[0] });
  assert.ok(warnings.some((text) => text.includes("nobody asked for the name")), "every claim stands in every token");
  const refused = rowsOf("implicit", "id_token").find((row) => row.module === "oidcc-prompt-none-not-logged-in");
  assert.ok((await outcome(refused)).warnings.some((text) => text.includes("without line ends")), "CR LF, as in the cloud");
});

test("row 2: no access token after openid alone, so that modules stop there", async () => {
  const rows = rowsOf("basic").filter((row) => row.module !== "oidcc-codereuse-30seconds");
  const failed = await failures(rows);
  const others = Object.entries(failed).filter(([, text]) => !/access_token/.test(text));
  assert.deepEqual(others, [], "and nothing fails for another reason");
  const passing = rows.map((row) => row.module).filter((module) => !(module in failed) && !module.startsWith("oidcc-scope") && module !== "oidcc-alternate-happy-flow");
  assert.deepEqual(passing, [
    "oidcc-response-type-missing",
    "oidcc-idtoken-unsigned",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-ensure-request-object-with-redirect-uri",
  ]);
});

test("row 19: sign-out without a hint goes back to a registered address", async () => {
  const rows = rowsOf("rp-initiated-logout").map((row) => ({ ...row, type: "id_token" }));
  const failed = await failures(rows);
  assert.deepEqual(Object.keys(failed), ["oidcc-rp-initiated-logout-no-id-token-hint"]);
  assert.match(failed["oidcc-rp-initiated-logout-no-id-token-hint"], /not sent back/);
});
