#!/usr/bin/env node
// What the public documents cost beside axum alone: the server and a bare route that sends the same bytes and headers
// (crates/server/examples/bare.rs) answer the same requests in turns, and Linux says what CPU each of them spent.
//
//   cargo build --release && cargo build --release --example bare
//   node bench/documents.mjs [--binary target/release/vestibule] [--requests 20000] [--rounds 5] [--concurrent 8]
//
// No packages; Linux only, because of /proc. Requests go over kept connections on loopback, in plain text.

import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { TENANT, POLICY, cpuOf, freePort, makePlace, removePlace, startServer, sleep, RELEASE } from "./place.mjs";

const { values: options } = parseArgs({
  options: {
    binary: { type: "string", default: join(RELEASE, "vestibule") },
    bare: { type: "string", default: join(RELEASE, "examples/bare") },
    requests: { type: "string", default: "20000" },
    rounds: { type: "string", default: "5" },
    concurrent: { type: "string", default: "8" },
  },
});
const [requests, rounds, concurrent] = ["requests", "rounds", "concurrent"].map((name) => Number(options[name]));
/** Headers that the HTTP library writes itself. */
const OWN = ["date", "content-length", "connection", "keep-alive"];

const get = (agent, port, path) =>
  new Promise((done, failed) => {
    const request = http.get({ agent, port, path, host: "127.0.0.1" }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => done({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }));
    });
    request.on("error", failed);
  });

/** CPU in microseconds that a process spent on each of `count` requests, and requests a second. */
async function round(pid, port, path, count) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: concurrent });
  await Promise.all(Array.from({ length: concurrent }, () => get(agent, port, path)));
  const [before, begun] = [cpuOf(pid), performance.now()];
  let left = count;
  const worker = async () => {
    while (left-- > 0) await get(agent, port, path);
  };
  await Promise.all(Array.from({ length: concurrent }, worker));
  const found = { cpu: ((cpuOf(pid) - before) * 1000) / count, rate: (count * 1000) / (performance.now() - begun) };
  agent.destroy();
  return found;
}

const median = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];

async function compare(name, server, place, path) {
  const reply = await get(undefined, place.port, path);
  if (reply.status !== 200) throw new Error(`${path} answered ${reply.status}`);
  const file = join(place.folder, `${name}.json`);
  writeFileSync(file, reply.body);
  const port = await freePort();
  const headers = Object.entries(reply.headers).filter(([header]) => !OWN.includes(header)).map(([header, value]) => `${header}:${value}`);
  const bare = spawn(options.bare, [String(port), path, file, ...headers], { stdio: "inherit" });
  try {
    for (let tries = 0; ; tries += 1) {
      const alike = await get(undefined, port, path).catch(() => null);
      if (alike?.body.equals(reply.body)) break;
      if (tries > 100) throw new Error("the bare route does not answer");
      await sleep(50);
    }
    const found = { ours: [], bare: [] };
    for (let n = 0; n < rounds; n += 1) {
      found.bare.push(await round(bare.pid, port, path, requests));
      found.ours.push(await round(server.pid, place.port, path, requests));
    }
    const cpu = (kind) => median(found[kind].map((one) => one.cpu));
    const rate = (kind) => median(found[kind].map((one) => one.rate));
    const share = cpu("bare") / cpu("ours");
    console.log(
      `${share >= 0.7 ? "met   " : "missed"} ${name.padEnd(10)} ${reply.body.length} bytes: CPU a request bare ${cpu("bare").toFixed(1)} µs, ours ${cpu("ours").toFixed(1)} µs: ` +
        `${(share * 100).toFixed(0)} % (bar 70 %); requests a second ${rate("bare").toFixed(0)} and ${rate("ours").toFixed(0)}`,
    );
  } finally {
    bare.kill("SIGKILL");
  }
}

const place = await makePlace(options.binary);
try {
  const server = await startServer(options.binary, place);
  await compare("discovery", server, place, `/${TENANT}/${POLICY.toLowerCase()}/v2.0/.well-known/openid-configuration`);
  await compare("keys", server, place, `/${TENANT}/${POLICY.toLowerCase()}/discovery/v2.0/keys`);
  await server.stop();
} finally {
  removePlace(place);
}
