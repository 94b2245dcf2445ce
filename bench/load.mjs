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

import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { createServer } from "node:net";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = dirname(fileURLToPath(import.meta.url));
const TENANT = "vestibule.onmicrosoft.com";
const POLICY = "B2C_1A_SignUpOrSignIn";
const CLIENT = "11111111-1111-4111-8111-111111111111";
const REDIRECT = "http://localhost/";
const PASSWORD = "Correct-Horse1";
const PHASES = ["page", "answer", "end", "redeem"];
/** Journeys under way at once: phases run one after the other so that each has its own account. */
const BATCH = 100;

const { values: options } = parseArgs({
  options: {
    binary: { type: "string", default: join(HERE, "../target/release/vestibule") },
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

// ---- the server and what Linux says of it -------------------------------------------------------------------------

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** A folder with configuration, password file and an empty database. */
function makePlace(port) {
  const folder = mkdtempSync(join(tmpdir(), "vestibule-bench-"));
  const config = join(folder, "vestibule.toml");
  writeFileSync(join(folder, "master.key"), randomBytes(32).toString("base64"));
  writeFileSync(join(folder, "password"), PASSWORD);
  writeFileSync(
    config,
    `
[server]
public_url = "http://127.0.0.1:${port}"
listen = "127.0.0.1:${port}"
[database]
url = "sqlite:${join(folder, "bench.db")}"
[keys]
master_key = { file = "${join(folder, "master.key")}" }
[log]
level = "warn"
[limits]
enabled = false
[[tenant]]
name = "${TENANT}"
id = "3f2c0a4e-6f0b-4c58-9f5e-2f6d1f0c7a11"
policies = "${resolve(HERE, "../policies")}"
[[application]]
client_id = "${CLIENT}"
name = "Bench"
redirect_uris = { native = ["${REDIRECT}"] }
`,
  );
  return { folder, config, database: join(folder, "bench.db") };
}

/** Makes one user by the server's own command and copies it. */
function fillDirectory(place, users) {
  const password = join(place.folder, "password");
  const create = ["user", "create", "--config", place.config, "--email", "template@example.com"];
  execFileSync(binary, [...create, "--name", "Ada", "--password-file", password]);
  const sql = readFileSync(join(HERE, "fill.sql"), "utf8").replaceAll(":count", String(users));
  const script = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.executescript(sys.stdin.read()); d.close()";
  execFileSync("python3", ["-c", script, place.database], { input: sql });
}

/** Starts the server; resolves when a first page was read whole, with the milliseconds that took. */
async function start(place, port) {
  const begun = performance.now();
  const child = spawn(binary, ["serve", "--config", place.config], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (data) => (said += data));
  const ended = new Promise((done) => child.once("exit", done));
  for (;;) {
    const reply = await send(port, authorizePath()).catch(() => null);
    if (reply?.status === 200 && reply.text.includes("SETTINGS")) break;
    if (child.exitCode !== null || performance.now() - begun > 30_000) throw new Error(`no page: ${said}`);
    await sleep(1);
  }
  const stop = async () => (child.kill("SIGTERM"), await ended);
  return { pid: child.pid, firstPage: performance.now() - begun, stop };
}

const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** CPU of a process in milliseconds: user and system of all its threads, dead ones included, and by kind of thread. */
function cpu(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [fields[11], fields[12]].map((ticks) => Number(ticks) * 10);
  const kinds = { hash: 0, store: 0, rest: 0 };
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    try {
      const name = readFileSync(`/proc/${pid}/task/${id}/comm`, "utf8");
      const kind = name.startsWith("hash-") ? "hash" : name.startsWith("sqlx-sqlite") ? "store" : "rest";
      kinds[kind] += Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]) / 1e6;
    } catch {
      // The thread ended in between.
    }
  }
  return { user, system, ...kinds };
}

/** What was spent in between, per piece of work. */
const spent = (before, after, pieces) =>
  Object.fromEntries(Object.keys(before).map((kind) => [kind, (after[kind] - before[kind]) / pieces]));

const add = (sum, more) => Object.fromEntries(Object.keys(more).map((kind) => [kind, (sum[kind] ?? 0) + more[kind]]));
const whole = (account) => account.hash + account.store + account.rest;

function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mebibytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]) / 1024;
  return { resident: mebibytes("VmRSS"), peak: mebibytes("VmHWM"), threads: Number(/^Threads:\s+(\d+)/m.exec(status)[1]) };
}

// ---- a browser ----------------------------------------------------------------------------------------------------

const agent = new http.Agent({ keepAlive: true, maxSockets: count("concurrent") });

function send(port, path, { method = "GET", headers = {}, form } = {}) {
  const body = form && new URLSearchParams(form).toString();
  const sent = body ? { "content-type": "application/x-www-form-urlencoded", "content-length": body.length } : {};
  return new Promise((done, failed) => {
    const request = http.request({ port, host: "127.0.0.1", path, method, agent, headers: { ...headers, ...sent } });
    request.once("error", failed);
    request.once("response", (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.once("error", failed);
      response.once("end", () =>
        done({ status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() }),
      );
    });
    request.end(body);
  });
}

function authorizePath(challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM") {
  const query = new URLSearchParams({
    client_id: CLIENT,
    response_type: "code",
    redirect_uri: REDIRECT,
    scope: "openid offline_access",
    state: "s",
    nonce: "n",
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  return `/${TENANT}/${POLICY}/oauth2/v2.0/authorize?${query}`;
}

/** One person signing in; every method is one request. */
class SignIn {
  constructor(port, name) {
    this.port = port;
    this.name = name;
    this.verifier = randomBytes(32).toString("base64url");
  }

  async page() {
    const challenge = createHash("sha256").update(this.verifier).digest("base64url");
    const reply = await send(this.port, authorizePath(challenge));
    const settings = /var SETTINGS = (\{.*?\});/s.exec(reply.text);
    if (!settings) throw new Error(`no page: ${reply.status} ${reply.text.slice(0, 300)}`);
    this.settings = JSON.parse(settings[1]);
    this.cookie = (reply.headers["set-cookie"] ?? []).map((line) => line.split(";")[0]).join("; ");
  }

  path(tail, query) {
    const all = new URLSearchParams({ ...query, tx: this.settings.transId, p: this.settings.hosts.policy });
    return `${this.settings.hosts.tenant}/${tail}?${all}`;
  }

  async answer() {
    const reply = await send(this.port, this.path("SelfAsserted", {}), {
      method: "POST",
      headers: { cookie: this.cookie, "x-csrf-token": this.settings.csrf, "x-requested-with": "XMLHttpRequest" },
      form: { request_type: "RESPONSE", signInName: this.name, password: PASSWORD },
    });
    if (!reply.text.includes('"200"')) throw new Error(`no sign-in: ${reply.status} ${reply.text.slice(0, 300)}`);
  }

  async end() {
    const path = this.path("api/CombinedSigninAndSignup/confirmed", { rememberMe: "false", csrf_token: this.settings.csrf });
    const reply = await send(this.port, path, { headers: { cookie: this.cookie } });
    this.code = new URL(reply.headers.location ?? "x:").searchParams.get("code");
    if (!this.code) throw new Error(`no code: ${reply.status} ${reply.headers.location} ${reply.text.slice(0, 300)}`);
  }

  redeem() {
    const form = { grant_type: "authorization_code", code: this.code, redirect_uri: REDIRECT, code_verifier: this.verifier };
    return this.token(form);
  }

  refresh() {
    return this.token({ grant_type: "refresh_token", refresh_token: this.tokens.refresh_token });
  }

  async token(form) {
    const path = `/${TENANT}/${POLICY}/oauth2/v2.0/token`;
    const reply = await send(this.port, path, { method: "POST", form: { client_id: CLIENT, ...form } });
    this.tokens = JSON.parse(reply.text);
    if (!this.tokens.refresh_token) throw new Error(`no tokens: ${reply.status} ${reply.text.slice(0, 300)}`);
  }
}

/** Runs work on all items, so many at once. */
async function each(items, work) {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: count("concurrent") }, worker));
}

// ---- the measurements ---------------------------------------------------------------------------------------------

function limits() {
  const path = join(dirname(binary), "examples/limits");
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build --release --example limits`);
  return JSON.parse(execFileSync(path, [options.seconds], { encoding: "utf8" }));
}

async function coldStarts(place, port) {
  const times = [];
  for (let n = 0; n < count("starts"); n += 1) {
    const server = await start(place, port);
    times.push(server.firstPage);
    await server.stop();
    agent.destroy();
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
    const batch = Array.from({ length: size }, (_, n) => new SignIn(port, name(n)));
    for (const phase of PHASES) {
      const before = cpu(server.pid);
      await each(batch, (one) => one[phase]());
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
  await each(people, async (one) => {
    for (let n = 0; n < rounds; n += 1) await one.refresh();
  });
  const done = rounds * people.length;
  const signatures = ["id_token", "access_token"].filter((name) => people[0].tokens[name]).length;
  return { ...spent(before, cpu(server.pid), done), perSecond: (done * 1000) / (performance.now() - begun), signatures };
}

async function measure() {
  const port = await freePort();
  const place = makePlace(port);
  try {
    const users = count("directory");
    fillDirectory(place, users);
    const found = { machine: machine(), settings: { ...options, binary: undefined, json: undefined } };
    found.limitsBefore = limits();
    const first = await start(place, port); // makes policy keys: not what later starts do
    await first.stop();
    found.coldStart = await coldStarts(place, port);
    const server = await start(place, port);
    await sleep(2_000);
    found.memoryBefore = memory(server.pid);
    const { kept, ...account } = await signIns(server, port, users, count("sign-ins"));
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
    rmSync(place.folder, { recursive: true, force: true });
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
agent.destroy();
if (options.json) writeFileSync(options.json, `${JSON.stringify(found, null, 2)}\n`);
