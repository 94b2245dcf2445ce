#!/usr/bin/env node
// How long a refresh takes while so many come in every second: requests are sent at the times of a clock, not when others
// have ended, and each is timed from the moment it was due, so that a server that falls behind cannot hide it.
//
//   cargo build --release
//   node bench/rate.mjs [--binary target/release/vestibule] [--rate 500] [--time 20] [--people 200]
//
// No packages; Linux only, because of /proc. The generator shares the machine with the server. The database lies in TMPDIR;
// a refresh is kept on disk before it is answered, so the disk's own time is measured beside it.

import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SignIn, connect, each } from "./person.mjs";
import { RELEASE, cpu, fillDirectory, makePlace, removePlace, sleep, spent, startServer, whole } from "./place.mjs";

const { values: options } = parseArgs({
  options: {
    binary: { type: "string", default: join(RELEASE, "vestibule") },
    rate: { type: "string", default: "500" },
    time: { type: "string", default: "20" },
    people: { type: "string", default: "200" },
  },
});
const [rate, time, people] = ["rate", "time", "people"].map((name) => Number(options[name]));

/** People who are signed in; each one's tokens are refreshed one after the other. */
async function signedIn(send, place) {
  const all = Array.from({ length: people }, (_, n) => new SignIn(send, place.port, `user${n + 1}@example.com`));
  await each(all, 8, async (one) => {
    for (const step of ["page", "answer", "end", "redeem"]) await one[step]();
  });
  return all;
}

/** Milliseconds from due to done, of every request of the run. */
async function run(all) {
  const times = [];
  const failures = [];
  const begun = performance.now();
  const under = new Set();
  for (let n = 0; n < rate * time; n += 1) {
    const due = begun + (n * 1000) / rate;
    while (performance.now() < due) await sleep(Math.max(0, due - performance.now() - 0.5));
    const one = all[n % all.length];
    // One person's refreshes follow each other, as each needs the token of the one before.
    one.last = (one.last ?? Promise.resolve())
      .then(() => one.refresh())
      .then(() => times.push(performance.now() - due), (error) => failures.push(error.message));
    under.add(one.last);
    one.last.finally(() => under.delete(one.last));
  }
  await Promise.all(under);
  return { times: times.toSorted((a, b) => a - b), failures, seconds: (performance.now() - begun) / 1000 };
}

/** Milliseconds that the disk takes to keep 4 KiB: every refresh waits for it once, one after the other. */
function disk(folder) {
  const file = openSync(join(folder, "disk"), "w");
  const page = Buffer.alloc(4096, 1);
  const times = [];
  for (let n = 0; n < 300; n += 1) {
    const begun = performance.now();
    writeSync(file, page);
    fdatasyncSync(file);
    times.push(performance.now() - begun);
  }
  closeSync(file);
  times.sort((a, b) => a - b);
  return `${times[150].toFixed(2)} (p99 ${times[297].toFixed(1)})`;
}

const place = await makePlace();
const connections = connect(64);
try {
  fillDirectory(options.binary, place, people);
  const server = await startServer(options.binary, place);
  const all = await signedIn(connections.send, place);
  const diskBefore = disk(place.folder);
  const before = cpu(server.pid);
  const { times, failures, seconds } = await run(all);
  const account = spent(before, cpu(server.pid), times.length);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
  const met = Number(at(0.99)) <= 50 && failures.length === 0 && seconds < time * 1.05;
  console.log(
    `${met ? "met   " : "missed"} ${times.length} refreshes in ${seconds.toFixed(1)} s (${(times.length / seconds).toFixed(0)} a second), ${failures.length} failed: ` +
      `median ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms (bar 50 ms), longest ${times.at(-1).toFixed(1)} ms; ` +
      `server CPU ${whole(account).toFixed(3)} ms each (store ${account.store.toFixed(3)}); load ${loadavg()[0].toFixed(1)}; the disk keeps 4 KiB in ${diskBefore} ms before, ${disk(place.folder)} after`,
  );
  if (failures.length) console.log(failures.slice(0, 3).join("\n"));
  await server.stop();
} finally {
  connections.close();
  removePlace(place);
}
