// A sign-in exactly as load-test scripts in the wild write it: expressions over lines, csrf from cookie or page,
// another policy's `p` in the second request, no state kept but cookies.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { startServer, setsToRun } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request } from "../harness/app.mjs";
import { Visitor, signUp, somebody } from "../harness/headless.mjs";

for (const set of setsToRun()) {
  test(`load-test script, policies "${set.name}"`, async (t) => {
    const mail = await startMail();
    const app = await startApp();
    const server = await startServer({ set, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`] });
    t.after(async () => {
      await server.stop();
      await app.stop();
      await mail.stop();
    });
    const person = somebody();
    await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, person);

    const user = new Visitor(server);
    const asked = request(server, app, set.signIn);
    const first = await user.get(asked.url.replace(set.signIn, set.signIn.toLowerCase()));
    const csrf = /x-ms-cpim-csrf=([^;]+)/.exec(first.setCookies.find((line) => line.startsWith("x-ms-cpim-csrf")))[1];
    const state = /.*StateProperties=([^"]*)/.exec(first.body)[1];
    const base = `/${set.tenant}/${set.signIn}`;

    const beacon = await user.send("POST", `${base}/client/perftrace?tx=StateProperties=${state}&p=${set.signIn}`, {
      headers: { "content-type": "application/json; charset=UTF-8", "x-csrf-token": csrf },
      body: '{"navigation":{"type":0},"timing":{"navigationStart":1}}',
    });
    assert.equal(beacon.status, 200);

    const posted = await user.send("POST", `${base}/SelfAsserted?tx=StateProperties=${state}&p=${set.signIn}`, {
      headers: {
        "x-csrf-token": csrf,
        "x-requested-with": "XMLHttpRequest",
        origin: "https://somebody-elses-tenant.b2clogin.com",
        referer: "https://somebody-elses-tenant.b2clogin.com/",
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      },
      body: `request_type=RESPONSE&signInName=${encodeURIComponent(person.email)}&password=${encodeURIComponent(person.password)}`,
    });
    assert.equal(posted.status, 200);
    assert.equal(posted.body, '{"status":"200"}');

    const done = await user.get(
      `${base}/api/CombinedSigninAndSignup/confirmed?rememberMe=false&csrf_token=${csrf}&tx=StateProperties=${state}&p=B2C_1A_somebody_elses_policy`,
    );
    assert.equal(done.status, 302);
    const code = /.*code=([^"]*)/.exec(done.body)[1];
    const redeemed = await user.send("POST", `${base}/oauth2/v2.0/token`, {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `grant_type=authorization_code&client_id=${asked.parameters.client_id}&code=${code}&redirect_uri=${encodeURIComponent(app.redirectUri)}&code_verifier=${asked.verifier}`,
    });
    assert.match(redeemed.body, /.*access_token":"([^"]*)/);
  });
}
