// attack_036: the server is killed at random points of a sign-up, at least fifty times. After each kill the database is
// read by SQL, the server is started again, and the person goes on or starts again, and gets in.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { startServer, SETS } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request, redeem } from "../harness/app.mjs";
import { Visitor, answerOf, personFields, signIn, signUp, somebody } from "../harness/headless.mjs";
import { accountsOf, broken } from "./database.mjs";

const KILLS = Number(process.env.VESTIBULE_TEST_KILLS ?? 55);
const set = SETS.own;
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

/** A sign-up as separate steps over one state, so that it can be taken up again where it broke off. */
const STEPS = [
  ["open", async (s) => (s.first = await s.visitor.open(s.asked.url))],
  ["sign-up page", async (s) => (s.page = await s.visitor.link(s.first, { local: "signup" }))],
  ["ask for a code", async (s) => {
    s.clicks += 1;
    const sent = await s.visitor.sendCode(s.page, "email", s.who.email);
    if (sent.status !== "200") throw new Refused(sent.raw);
  }],
  ["enter the code", async (s) => {
    s.code = await mail.code(s.who.email, 0);
    const checked = await s.visitor.verifyCode(s.page, "email", s.who.email, s.code);
    if (checked.status !== "200") throw new Refused(checked.raw);
  }],
  ["submit", async (s) => {
    const answer = await s.visitor.respond(s.page, { email: s.who.email, email_ver_input: s.code, ...personFields(s.who) });
    if (answer.status !== "200") throw new Refused(answer.raw);
    s.accepted = true;
  }],
  ["go on", async (s) => (s.arrival = answerOf(await s.visitor.confirmed(s.page)))],
  ["redeem", async (s) => (s.tokens = await redeem(server, app, s.asked, s.arrival.code))],
];
class Refused extends Error {}

const begin = () => ({ who: somebody(), visitor: new Visitor(server), asked: request(server, app, set.signIn), done: 0, clicks: 0 });

async function advance(state) {
  await STEPS[state.done][1](state);
  state.done += 1;
}

/** Runs the steps that are left; answers the error that stopped it. */
async function proceed(state) {
  try {
    while (state.done < STEPS.length) await advance(state);
  } catch (error) {
    return error;
  }
  return undefined;
}

/** How long each step of a sign-up takes that nobody kills, in milliseconds. */
async function unkilled() {
  const state = begin();
  const durations = [];
  while (state.done < STEPS.length) {
    const started = performance.now();
    await advance(state);
    durations.push(performance.now() - started);
  }
  return durations;
}

test(`attack_036 ${KILLS} kills at random points of a sign-up`, { timeout: 900_000 }, async (t) => {
  const durations = await unkilled();
  const where = new Map();
  let wentOn = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Each step in turn, at a random point of it; now and then a little after it.
    const state = begin();
    const step = kill % STEPS.length;
    while (state.done < step) await advance(state);
    const running = proceed(state);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * durations[step] * 1.2));
    await server.kill("SIGKILL");
    await running;
    const broke = STEPS[state.done]?.[0] ?? "after the end";
    where.set(broke, (where.get(broke) ?? 0) + 1);

    assert.deepEqual(await broken(server), [], `the database after a kill at "${broke}"`);
    const accounts = await accountsOf(server, state.who.email);
    assert.ok(accounts <= 1);
    if (state.accepted) assert.equal(accounts, 1, "an accepted answer is on the disk");
    assert.ok(mail.to(state.who.email).length <= state.clicks, "one mail for one click at most");

    await server.run();
    // Going on from where it broke off is hoped for and counted; getting in is demanded.
    if ((await proceed(state)) === undefined) wentOn += 1;
    else await getsIn(state.who);
    assert.equal(await accountsOf(server, state.who.email), 1);
    assert.deepEqual(await broken(server), []);
  }
  t.diagnostic(`broke off at: ${[...where].map(([step, times]) => `${step} ${times}`).join(", ")}; went on after the restart: ${wentOn}`);
  assert.ok(where.size >= 4, "the kills fell on different steps");
});

/** With an account already made, by signing in; otherwise by a sign-up from the start. */
async function getsIn(who) {
  const asked = request(server, app, set.signIn);
  const arrival = (await accountsOf(server, who.email))
    ? await signIn(new Visitor(server), asked.url, who)
    : await signUp(new Visitor(server), mail, asked.url, who);
  assert.ok((await redeem(server, app, asked, arrival.code)).id_token);
}
