// A server to be measured: a folder of its own with configuration and database, the process, and what Linux says of it.
//
// In: the binary. Out: a place, a running server, its CPU and memory. Linux only, because of /proc; no packages. SQLite, our
// own policies, plain HTTP on loopback, no rate limits. python3 fills the directory.

import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
export const RELEASE = join(process.env.CARGO_TARGET_DIR ?? join(HERE, "../target"), "release");
export const TENANT = "vestibule.onmicrosoft.com";
export const POLICY = "B2C_1A_SignUpOrSignIn";
export const CLIENT = "11111111-1111-4111-8111-111111111111";
export const REDIRECT = "http://localhost/";
export const PASSWORD = "Correct-Horse1";

export function authorizePath(challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM") {
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

export const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** A folder with configuration, password file and an empty database, and the port that the server will listen at. */
export async function makePlace() {
  const port = await freePort();
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
  return { folder, config, port, database: join(folder, "bench.db") };
}

export const removePlace = (place) => rmSync(place.folder, { recursive: true, force: true });

/** Makes one user by the server's own command and copies it. */
export function fillDirectory(binary, place, users) {
  const password = join(place.folder, "password");
  const create = ["user", "create", "--config", place.config, "--email", "template@example.com"];
  execFileSync(binary, [...create, "--name", "Ada", "--password-file", password]);
  const sql = readFileSync(join(HERE, "fill.sql"), "utf8").replaceAll(":count", String(users));
  const script = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.executescript(sys.stdin.read()); d.close()";
  execFileSync("python3", ["-c", script, place.database], { input: sql });
}

/** Starts the server; resolves when a first page was read whole, with the milliseconds that took. */
export async function startServer(binary, place) {
  const begun = performance.now();
  const child = spawn(binary, ["serve", "--config", place.config], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (data) => (said += data));
  const ended = new Promise((done) => child.once("exit", done));
  for (;;) {
    const reply = await fetch(`http://127.0.0.1:${place.port}${authorizePath()}`).catch(() => null);
    if (reply?.status === 200 && (await reply.text()).includes("SETTINGS")) break;
    if (child.exitCode !== null || performance.now() - begun > 30_000) throw new Error(`no page: ${said}`);
    await sleep(1);
  }
  const stop = async () => (child.kill("SIGTERM"), await ended);
  return { pid: child.pid, firstPage: performance.now() - begun, stop };
}

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** CPU of a process in milliseconds: user and system of all its threads, dead ones included, and by kind of thread. */
export function cpu(pid) {
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

/** CPU of all threads of a process in milliseconds. */
export function cpuOf(pid) {
  const { hash, store, rest } = cpu(pid);
  return hash + store + rest;
}

/** What was spent in between, per piece of work. */
export const spent = (before, after, pieces) =>
  Object.fromEntries(Object.keys(before).map((kind) => [kind, (after[kind] - before[kind]) / pieces]));

export const add = (sum, more) => Object.fromEntries(Object.keys(more).map((kind) => [kind, (sum[kind] ?? 0) + more[kind]]));
export const whole = (account) => account.hash + account.store + account.rest;

export function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mebibytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)[1]) / 1024;
  return { resident: mebibytes("VmRSS"), peak: mebibytes("VmHWM"), threads: Number(/^Threads:\s+(\d+)/m.exec(status)[1]) };
}
