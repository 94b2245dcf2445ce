// The walking skeleton: plain HTTP requests sign a person up and in through every layer, on every policy set.
import { test, describe, before, after } from "node:test";
import assert from "node:assert/strict";
import { startServer, setsToRun } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request, redeem, claimsOf, token } from "../harness/app.mjs";
import { Visitor, EXPRESSIONS, readPage, answerOf, signUp, signIn, somebody, proveAddress } from "../harness/headless.mjs";
import { CLIENT } from "../harness/server.mjs";

for (const set of setsToRun()) {
  describe(`page protocol, policies "${set.name}"`, () => {
    let mail, app, server;
    before(async () => {
      mail = await startMail();
      app = await startApp();
      server = await startServer({ set, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`] });
    });
    after(async () => {
      await server?.stop();
      await app?.stop();
      await mail?.stop();
    });

    test("signs up, redeems the code, signs in again", async () => {
      const person = somebody();
      const visitor = new Visitor(server);
      const asked = request(server, app, set.signIn);
      const arrival = await signUp(visitor, mail, asked.url, person);
      assert.equal(arrival.state, asked.parameters.state);
      const tokens = await redeem(server, app, asked, arrival.code);
      const claims = await claimsOf(server, set.signIn, tokens.id_token);
      assert.equal(claims.nonce, asked.parameters.nonce);
      assert.equal(claims.name, person.displayName);
      assert.equal(claims.given_name, "Ada");
      assert.equal(claims.family_name, "Lovelace");
      assert.equal(claims.email, person.email);
      assert.match(claims.sub, /^[0-9a-f-]{36}$/);
      assert.match(claims.tid, /^[0-9a-f-]{36}$/);
      assert.equal(claims.acr, set.signIn.toLowerCase());
      assert.equal(claims.ver, "1.0");

      const again = request(server, app, set.signIn);
      const second = await signIn(new Visitor(server), again.url, person);
      const fresh = await claimsOf(server, set.signIn, (await redeem(server, app, again, second.code)).id_token);
      assert.equal(fresh.sub, claims.sub);
      assert.equal(fresh.name, person.displayName);
    });

    test("satisfies the expressions of published clients on the first page and on the next", async () => {
      const visitor = new Visitor(server);
      const page = await visitor.open(request(server, app, set.signIn).url);
      const next = await visitor.link(page, { local: "signup" });
      for (const shown of [page, next]) {
        for (const [name, expression] of Object.entries(EXPRESSIONS)) assert.match(shown.html, expression, name);
        const lines = shown.html.split("\n").filter((line) => line.includes("StateProperties="));
        assert.match(lines[0], /var SETTINGS = /, "the first line with StateProperties= is the SETTINGS line");
        assert.equal(lines[0].split("StateProperties=").length, 2, "and holds it once");
        const raw = EXPRESSIONS.settingsToSemicolon.exec(shown.html)[1];
        assert.deepEqual(JSON.parse(EXPRESSIONS.settingsLazy.exec(shown.html)[1]), JSON.parse(raw));
        assert.match(shown.csrf, /^\w+=*$/);
        assert.match(shown.transId, /^StateProperties=[A-Za-z0-9_-]+$/);
        const decoded = JSON.parse(Buffer.from(shown.transId.split("=")[1], "base64url").toString());
        assert.match(decoded.TID, /^[0-9a-f-]{36}$/);
        const cookie = shown.response.setCookies.find((line) => line.startsWith("x-ms-cpim-csrf="));
        assert.equal(/x-ms-cpim-csrf=([^;]+)/.exec(cookie)[1], shown.csrf);
        assert.equal(shown.settings.hosts.tenant, `/${set.tenant}/${set.signIn}`);
        assert.equal(shown.settings.hosts.policy, set.signIn);
        assert.match(shown.html, /"AttributeFields":\s*\[[\s\S]*"UX_INPUT_TYPE":\s*"Password"/);
      }
      assert.equal(page.api, "CombinedSigninAndSignup");
      assert.equal(next.api, "SelfAsserted");
      assert.equal(page.transId, next.transId, "one transaction, one transId");
      assert.notEqual(page.csrf, next.csrf, "a new csrf on each page");
    });

    test("answers a wrong password with HTTP 200 and status as text", async () => {
      const visitor = new Visitor(server);
      const page = await visitor.open(request(server, app, set.signIn).url);
      const answer = await visitor.respond(page, { signInName: "nobody@example.com", password: "Wrong-Horse-1" });
      assert.equal(answer.http.status, 200);
      assert.equal(answer.status, "400");
      assert.match(answer.errorCode, /^AADB2C90(052|053|054|225)$/);
      assert.match(answer.message, /can't seem to find your account/);
    });

    test("accepts the older name logonIdentifier, a body that starts with &, and tx with %3D", async () => {
      const person = somebody();
      await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, person);
      const visitor = new Visitor(server);
      const page = await visitor.open(request(server, app, set.signIn).url);
      const response = await visitor.send("POST", `${page.tenantPath}/SelfAsserted?tx=StateProperties%3D${page.transId.split("=")[1]}&p=${page.policy.toUpperCase()}&x=1`, {
        headers: { "content-type": "application/x-www-form-urlencoded", "x-csrf-token": page.csrf, origin: "https://elsewhere.example" },
        body: `&request_type=RESPONSE&logonIdentifier=${encodeURIComponent(person.email)}&password=${encodeURIComponent(person.password)}`,
      });
      assert.equal(response.body, '{"status":"200"}');
      const done = await visitor.confirmed(page, { rememberMe: "false", diags: '{"pageViewId":"x","trace":[]}' });
      assert.equal(done.status, 302);
      assert.ok(answerOf(done).code);
    });

    test("repeats the address in the body of the redirect, code last", async () => {
      const person = somebody();
      await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, person);
      const asked = request(server, app, set.signIn);
      const visitor = new Visitor(server);
      const page = await visitor.open(asked.url);
      await visitor.respond(page, { signInName: person.email, password: person.password });
      const done = await visitor.confirmed(page, { rememberMe: "false" });
      const code = answerOf(done).code;
      assert.equal(/.*code=([^"]*)/.exec(done.body)[1], code, "codes need no encoding");
      assert.ok(/state=(.*)"/.exec(done.body)[1].startsWith(asked.parameters.state));
      assert.equal(done.body.split(/code=/).length, 2, "the address stands there once");
      assert.ok(done.location.endsWith(`code=${code}`), "code is the last parameter");
    });

    test("calling confirmed without an accepted answer shows the step again", async () => {
      const visitor = new Visitor(server);
      const page = await visitor.open(request(server, app, set.signIn).url);
      const again = await visitor.confirmed(page, { rememberMe: "false" });
      assert.equal(again.api, "CombinedSigninAndSignup");
      assert.equal(again.transId, page.transId);
    });

    test("gives an accepted answer that comes again the same reply, and the same account", async () => {
      const person = somebody();
      const visitor = new Visitor(server);
      const asked = request(server, app, set.signIn);
      const page = await visitor.link(await visitor.open(asked.url), { local: "signup" });
      const fields = { ...(await proveAddress(visitor, mail, page, person.email)), newPassword: person.password, reenterPassword: person.password };
      const answers = await Promise.all([visitor.respond(page, fields), visitor.respond(page, fields)]);
      assert.deepEqual(answers.map((answer) => answer.raw), ['{"status":"200"}', '{"status":"200"}']);
      assert.ok(answerOf(await visitor.confirmed(page)).code);
    });

    test("refreshes: a new token each time, the same person, the same time of sign-in", async () => {
      const person = somebody();
      const asked = request(server, app, set.signIn);
      const arrival = await signUp(new Visitor(server), mail, asked.url, person);
      const first = await redeem(server, app, asked, arrival.code);
      assert.ok(first.refresh_token, "offline_access yields a refresh token");
      const second = await token(server, set.signIn, { grant_type: "refresh_token", client_id: CLIENT, refresh_token: first.refresh_token, scope: `openid offline_access ${CLIENT}` });
      assert.notEqual(second.refresh_token, first.refresh_token);
      const [before, now] = [await claimsOf(server, set.signIn, first.id_token), await claimsOf(server, set.signIn, second.id_token)];
      assert.equal(now.sub, before.sub);
      assert.equal(now.auth_time, before.auth_time);
      assert.equal(now.name, person.displayName);
    });

    test("resets a password and edits a profile over the same protocol", async () => {
      const person = somebody();
      await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, person);

      const visitor = new Visitor(server);
      const reset = await visitor.open(request(server, app, set.reset).url);
      const proof = await proveAddress(visitor, mail, reset, person.email);
      assert.equal((await visitor.respond(reset, proof)).status, "200");
      const choose = await visitor.confirmed(reset);
      const changed = { ...person, password: "Battery-Staple-9" };
      assert.equal((await visitor.respond(choose, { newPassword: changed.password, reenterPassword: changed.password })).status, "200");
      assert.ok(answerOf(await visitor.confirmed(choose)).code);

      const old = new Visitor(server);
      const page = await old.open(request(server, app, set.signIn).url);
      const refused = await old.respond(page, { signInName: person.email, password: person.password });
      assert.match(refused.message, /Looks like you used an old password/);

      const editor = new Visitor(server);
      await signIn(editor, request(server, app, set.signIn).url, changed);
      const edit = await editor.open(request(server, app, set.edit).url);
      assert.equal(edit.api, "SelfAsserted");
      assert.equal(edit.fields.AttributeFields.find((field) => field.ID === "givenName").PRE, "Ada");
      assert.equal((await editor.respond(edit, { givenName: "Augusta", surname: "King" })).status, "200");
      assert.ok(answerOf(await editor.confirmed(edit)).code);

      const asked = request(server, app, set.signIn);
      const after = await signIn(new Visitor(server), asked.url, changed);
      const claims = await claimsOf(server, set.signIn, (await redeem(server, app, asked, after.code)).id_token);
      assert.equal(claims.given_name, "Augusta");
      assert.equal(claims.family_name, "King");
    });
  });
}
