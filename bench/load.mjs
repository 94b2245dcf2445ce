#!/usr/bin/env node
// What a sign-in costs: starts a server of its own, signs people in over the page protocol, refreshes their tokens, and
// reads from Linux what the server, and nobody else, spent. In the same run it measures what the machine can do at most
// (raw password hashes and signatures), so that every result is a ratio.
//
//   cargo build --release && cargo build --release --example limits
//   node bench/load.mjs [--binary target/release/vestibule] [--sign-ins 1000] [--concurrent 8] [--directory 1000]
//                       [--refreshes 1000] [--starts 10] [--rest 60] [--seconds 3] [--json FILE]
//
// No packages; Linux only, because of /proc. SQLite, our own policies, plain HTTP on loopback. python3 fills the
// directory. The generator shares the machine with the server: its CPU is not counted, but it takes time, so sign-ins
// per second are a lower bound.

import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { SignIn, connect, each } from "./person.mjs";
import { RELEASE, add, cpu, fillDirectory, makePlace, memory, removePlace, sleep, spent, startServer, whole } from "./place.mjs";

const PHASES = ["page", "answer", "end", "redeem"];
/** Journeys under way at once: phases run one after the other so that each has its own account. */
const BATCH = 100;

const { values: options } = parseArgs({
  options: {
    binary: { type: "string", default: join(RELEASE, "vestibule") },
    "sign-ins": { type: "string", default: "1000" },
    concurrent: { type: "string", default: "8" },
    directory: { type: "string", default: "1000" },
    refreshes: { type: "string", default: "1000" },
    starts: { type: "string", default: "10" },
    rest: { type: "string", default: "60" },
    seconds: { type: "string", default: "3" },
    json: { type: "string" },
  },
});
const count = (name) => Number(options[name]);
const binary = resolve(options.binary);
const connections = connect(count("concurrent"));

// ---- the measurements ---------------------------------------------------------------------------------------------

function limits() {
  const path = join(dirname(binary), "examples/limits");
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build --release --example limits`);
  return JSON.parse(execFileSync(path, [options.seconds], { encoding: "utf8" }));
}

async function coldStarts(place) {
  const times = [];
  for (let n = 0; n < count("starts"); n += 1) {
    const server = await startServer(binary, place);
    times.push(server.firstPage);
    await server.stop();
  }
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(times.length / 2)], least: times[0], most: times.at(-1) };
}

async function signIns(server, port, users, total) {
  const sums = Object.fromEntries(PHASES.map((phase) => [phase, {}]));
  const kept = [];
  const begun = performance.now();
  for (let done = 0; done < total; done += BATCH) {
    const size = Math.min(BATCH, total - done);
    // Scattered over the directory, so that a large one is not read from a warm corner.
    const name = (n) => `user${1 + ((done + n) * 7919) % users}@example.com`;
    const batch = Array.from({ length: size }, (_, n) => new SignIn(connections.send, port, name(n)));
    for (const phase of PHASES) {
      const before = cpu(server.pid);
      await each(batch, count("concurrent"), (one) => one[phase]());
      sums[phase] = add(sums[phase], spent(before, cpu(server.pid), 1));
    }
    kept.splice(0, kept.length, ...batch);
  }
  const seconds = (performance.now() - begun) / 1000;
  const phases = Object.fromEntries(
    PHASES.map((phase) => [phase, Object.fromEntries(Object.entries(sums[phase]).map(([k, v]) => [k, v / total]))]),
  );
  return { phases, all: Object.values(phases).reduce(add, {}), perSecond: total / seconds, kept };
}

async function refreshes(server, people, total) {
  const begun = performance.now();
  const before = cpu(server.pid);
  const rounds = Math.max(1, Math.round(total / people.length));
  await each(people, count("concurrent"), async (one) => {
    for (let n = 0; n < rounds; n += 1) await one.refresh();
  });
  const done = rounds * people.length;
  const signatures = ["id_token", "access_token"].filter((name) => people[0].tokens[name]).length;
  return { ...spent(before, cpu(server.pid), done), perSecond: (done * 1000) / (performance.now() - begun), signatures };
}

async function measure() {
  const place = await makePlace();
  try {
    const users = count("directory");
    fillDirectory(binary, place, users);
    const found = { machine: machine(), settings: { ...options, binary: undefined, json: undefined } };
    found.limitsBefore = limits();
    const first = await startServer(binary, place); // makes policy keys: not what later starts do
    await first.stop();
    found.coldStart = await coldStarts(place);
    const server = await startServer(binary, place);
    await sleep(2_000);
    found.memoryBefore = memory(server.pid);
    const { kept, ...account } = await signIns(server, place.port, users, count("sign-ins"));
    found.signIn = account;
    found.memoryAtOnce = memory(server.pid);
    await sleep(count("rest") * 1000);
    found.memoryAfter = memory(server.pid);
    found.refresh = await refreshes(server, kept, count("refreshes"));
    await server.stop();
    found.limitsAfter = limits();
    found.loadAfter = loadavg();
    return found;
  } finally {
    removePlace(place);
  }
}

function machine() {
  return { cpu: cpus()[0].model.trim(), cores: cpus().length, load: loadavg(), at: new Date().toISOString(), run: randomUUID() };
}

// ---- what is printed ----------------------------------------------------------------------------------------------

/** The bars of docs/performance.md. */
function judge(found) {
  const mean = (pick) => (pick(found.limitsBefore) + pick(found.limitsAfter)) / 2;
  const hash = mean((limits) => limits.hash_n.cpu_ms_each);
  // Memory is shared: two hashes at once cost more than one after the other, here as in the raw measurement. So a
  // sign-in is compared with the hashes it ran itself, and these with the raw ones.
  const sign = mean((limits) => limits.sign_n.cpu_ms_each);
  const { all, phases } = found.signIn;
  const threads = found.limitsBefore.threads;
  const answer = phases.answer;
  const bar = (what, measured, most, unit) => ({ what, measured, most, unit, met: measured <= most });
  return [
    bar("server CPU per sign-in ÷ CPU of its hash", whole(all) / all.hash, 1 / 0.85, ""),
    bar("CPU of its hash ÷ raw hash on as many threads", all.hash / hash, 1.05, ""),
    bar("self-asserted step, CPU outside store and hash", answer.rest, 0.3, "ms"),
    bar("self-asserted step, CPU in all without hash", answer.rest + answer.store, 1, "ms"),
    bar("refresh grant, CPU beyond signatures and store", found.refresh.rest - sign * found.refresh.signatures, 0.4, "ms"),
    bar("cold start to first page, median", found.coldStart.median, 100, "ms"),
    bar("resident memory before the first sign-in", found.memoryBefore.resident, 30, "MiB"),
    bar(
      `resident memory ${options.rest} s after ${options["sign-ins"]} sign-ins`,
      found.memoryAfter.resident,
      found.memoryBefore.resident + 20 * threads,
      "MiB",
    ),
  ];
}

function print(found) {
  const number = (value, digits = 3) => value.toFixed(digits).padStart(9);
  const row = (name, account) =>
    console.log(
      `${name.padEnd(22)}${["hash", "store", "rest"].map((kind) => number(account[kind])).join("")}${number(whole(account))}` +
        `   user ${account.user.toFixed(3)}, system ${account.system.toFixed(3)}`,
    );
  console.log(`\n${found.machine.cpu}, ${found.machine.cores} cores, load ${found.machine.load.map((n) => n.toFixed(1)).join(" ")}`);
  for (const [name, limits] of [["before", found.limitsBefore], ["after", found.limitsAfter]]) {
    console.log(
      `limits ${name}: hash ${limits.hash_1.cpu_ms_each.toFixed(2)} ms CPU alone, ${limits.hash_n.cpu_ms_each.toFixed(2)} ms on ` +
        `${limits.threads} threads; signature ${limits.sign_1.cpu_ms_each.toFixed(3)} and ${limits.sign_n.cpu_ms_each.toFixed(3)} ms`,
    );
  }
  console.log(`\n${"server CPU, ms".padEnd(22)}${["hash", "store", "rest", "all"].map((name) => name.padStart(9)).join("")}`);
  for (const phase of PHASES) row(phase, found.signIn.phases[phase]);
  row("sign-in in all", found.signIn.all);
  row("refresh grant", found.refresh);
  console.log(`\nsign-ins per second ${found.signIn.perSecond.toFixed(1)}, refresh grants per second ${found.refresh.perSecond.toFixed(0)}`);
  const { coldStart, memoryBefore, memoryAtOnce, memoryAfter } = found;
  console.log(`cold start: median ${coldStart.median.toFixed(0)} ms, ${coldStart.least.toFixed(0)} to ${coldStart.most.toFixed(0)}`);
  console.log(
    `memory: ${memoryBefore.resident.toFixed(1)} MiB before, ${memoryAtOnce.resident.toFixed(1)} at once after (peak ` +
      `${memoryAtOnce.peak.toFixed(1)}), ${memoryAfter.resident.toFixed(1)} after ${options.rest} s\n`,
  );
  for (const { what, measured, most, unit, met } of found.bars) {
    console.log(`${met ? "met   " : "missed"} ${what}: ${measured.toFixed(3)} ${unit} (bar ${most.toFixed(3)})`);
  }
}

const found = await measure();
found.bars = judge(found);
print(found);
connections.close();
if (options.json) writeFileSync(options.json, `${JSON.stringify(found, null, 2)}\n`);
