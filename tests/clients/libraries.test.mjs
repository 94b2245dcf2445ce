// Real client libraries outside the browser, over TLS: MSAL for Node and for Python by authority alone, and
// openid-client by discovery, on our own policies by issuer and on the public ones by a b2clogin.com name.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { SETS, setsToRun, corpusPresent } from "../harness/server.mjs";
import { startWorld, told, run } from "./world.mjs";

const STEPS = /signed in[\s\S]*refreshed[\s\S]*switched policy[\s\S]*signed out/;

for (const set of setsToRun()) {
  describe(`client libraries, policies "${set.name}"`, () => {
    let world;
    before(async () => (world = await startWorld(set)));
    after(() => world?.stop());

    test("@azure/msal-node signs in, refreshes, switches policy, signs out", async () => {
      assert.match(await run(process.execPath, "msal_node.app.mjs", told(world)), STEPS);
    });

    test("msal for Python signs in, refreshes, switches policy, signs out", async () => {
      const python = process.env.PYTHON ?? "python3";
      assert.ok(existsSync(python), "Python packages are missing: run ./test prepare");
      assert.match(await run(python, "msal_python.app.py", told(world)), STEPS);
    });
  });
}

describe("openid-client, our own policies, by issuer", () => {
  let world;
  before(async () => (world = await startWorld(SETS.own)));
  after(() => world?.stop());

  test("signs in, refreshes, asks for user information, switches policy, signs out", async () => {
    const output = await run(process.execPath, "openid_client.app.mjs", told(world, { BY: "issuer" }));
    assert.match(output, STEPS);
    assert.match(output, /asked for user information/);
  });
});

for (const set of [SETS.local, SETS.controls]) {
  describe(`openid-client, policies "${set.name}", by a b2clogin.com name`, { skip: !corpusPresent && "no public starter packs" }, () => {
    const name = "yourtenant.b2clogin.com";
    let world;
    before(async () => (world = await startWorld(set, { names: [name] })));
    after(() => world?.stop());

    test("signs in, refreshes, switches policy, signs out", async () => {
      const origin = `https://${name}:${world.server.port}`;
      assert.match(await run(process.execPath, "openid_client.app.mjs", told(world, { ORIGIN: origin, RESOLVE: "1", BY: "address" })), STEPS);
    });
  });
}
