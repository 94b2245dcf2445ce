// The OpenID Foundation's certification plans, module by module, against the running server over https. Each row makes the
// module's own requests and checks what must come back; then the same row is given the same answers, one of them altered,
// and must fail (alterations.mjs).
// VESTIBULE_TEST_ROWS=module,module or a part of a plan's name runs those alone.
import { Agent } from "node:https";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import assert from "node:assert/strict";
import { ALTERATIONS } from "./alterations.mjs";
import { MODULES, run } from "./modules.mjs";
import { Party } from "./party.mjs";
import { startProvider } from "./provider.mjs";
import { ROWS } from "./rows.mjs";
import { chance, liveWire, playedWire } from "./wire.mjs";

/** Rows at once: a row of 30 seconds must not hold up the others. */
const AT_ONCE = 6;

const wanted = process.env.VESTIBULE_TEST_ROWS?.split(",");
const rows = ROWS.filter((row) => !wanted || wanted.some((word) => row.module === word || row.plan.includes(word)));
const agent = new Agent({ keepAlive: true, maxSockets: 32 });
let provider;

before(async () => (provider = await startProvider()));
after(async () => {
  agent.destroy();
  await provider?.stop();
});

const titleOf = (row) => `${row.plan}: ${row.module} (${[row.type, row.mode, row.authentication].join(", ")})`;

/** A party for one run of a row: live, or on recorded answers, where nobody waits. */
function partyOf(row, wire, live) {
  const suite = row.module.startsWith("oidcc-frontchannel") ? provider.frontChannel : provider.suite;
  return new Party({ wire, suite, row, random: chance(titleOf(row)), pause: live ? sleep : async () => {} });
}

async function failsWith(row, recording) {
  try {
    await run(partyOf(row, playedWire(recording), false));
  } catch (error) {
    return error;
  }
  return undefined;
}

async function prove(row) {
  const wire = liveWire(provider.ca, agent);
  await run(partyOf(row, wire, true));
  assert.equal(await failsWith(row, wire.recording), undefined, "the recorded answers pass, as they are");
  const unnoticed = [];
  let altered = 0;
  for (const alteration of ALTERATIONS) {
    for (const recording of alteration.apply(wire.recording, row)) {
      altered += 1;
      if (!(await failsWith(row, recording))) unnoticed.push(alteration.name);
    }
  }
  assert.deepEqual(unnoticed, [], "no altered answer passes");
  assert.ok(altered > 0, "something could be altered");
}

test("every module of every row is known, and every known module has a row", () => {
  const named = new Set(ROWS.map((row) => row.module));
  assert.deepEqual([...named].filter((name) => !MODULES[name]), []);
  assert.deepEqual(Object.keys(MODULES).filter((name) => !named.has(name)), []);
});

test("the plans", { concurrency: AT_ONCE }, async (plans) => {
  await Promise.all(rows.map((row) => plans.test(titleOf(row), () => prove(row))));
});
