// Starts the real binary on temporary data and stops it again.
// In: which policies, whether TLS, where mail goes. Out: { origin, tenant, log, stop(), kill(), restart() }.
// Nothing here knows about pages or tokens.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const CORPUS = process.env.VESTIBULE_TEST_CORPUS || path.join(REPOSITORY, "../shared/corpus");
export const CLIENT = "5b1d3f0e-6a53-4c0b-9d3c-0a4d6a1f7e21";

export const BINARY =
  process.env.VESTIBULE_TEST_BINARY ||
  path.join(process.env.CARGO_TARGET_DIR || path.join(REPOSITORY, "target"), "debug/vestibule");

/** The policy sets that every story runs on: folder, tenant, ids of the three journeys, kind of e-mail check. */
export const SETS = {
  own: {
    name: "own",
    folder: path.join(REPOSITORY, "policies"),
    tenant: "vestibule.onmicrosoft.com",
    signIn: "B2C_1A_SignUpOrSignIn",
    edit: "B2C_1A_ProfileEdit",
    reset: "B2C_1A_PasswordReset",
    verification: "Verified.Email",
    versions: { unified: "2.1.17", selfAsserted: "2.1.29" },
  },
  local: {
    name: "local",
    folder: path.join(CORPUS, "starterpack/LocalAccounts"),
    tenant: "yourtenant.onmicrosoft.com",
    signIn: "B2C_1A_signup_signin",
    edit: "B2C_1A_ProfileEdit",
    reset: "B2C_1A_PasswordReset",
    verification: "Verified.Email",
    versions: { unified: "2.1.5", selfAsserted: "2.1.7" },
  },
  controls: {
    name: "controls",
    folder: path.join(CORPUS, "starterpack/Display Controls Starterpack/LocalAccounts"),
    tenant: "yourtenant.onmicrosoft.com",
    signIn: "B2C_1A_signup_signin",
    edit: "B2C_1A_ProfileEdit",
    reset: "B2C_1A_PasswordReset",
    verification: "control",
    versions: { unified: "2.1.5", selfAsserted: "2.1.7" },
  },
};

/** Whether the public starter packs lie beside the repository; where they do not, tests that want them say so loudly. */
export const corpusPresent = existsSync(SETS.local.folder);

/** The sets that can be run here: our own always, the public ones where the corpus is present. */
export function setsToRun() {
  const wanted = process.env.VESTIBULE_TEST_SETS?.split(",");
  const all = corpusPresent ? Object.values(SETS) : [SETS.own];
  if (!corpusPresent) console.error(`SKIPPED: no public starter packs at ${CORPUS}`);
  return wanted ? all.filter((set) => wanted.includes(set.name)) : all;
}

export async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** One GET that does not follow redirects; certificates are not checked, as this only asks whether somebody is in. */
export function get(url, headers = {}) {
  const request = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { headers, rejectUnauthorized: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
      response.on("error", reject);
    });
    outgoing.setTimeout(5000, () => outgoing.destroy(new Error(`no answer from ${url} in 5 s`)));
    outgoing.on("error", reject);
    outgoing.end();
  });
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function untilReady(server, probe) {
  const patience = Date.now() + 30_000;
  while (Date.now() < patience) {
    if (server.child.exitCode !== null || server.child.pid === undefined) break;
    try {
      if ((await get(probe)).status === 200) return;
    } catch {
      // not listening yet
    }
    await sleep(50);
  }
  throw new Error(`the server did not answer at ${probe}:\n${server.log()}`);
}

/** The arguments of `vestibule dev`. */
function development(options, set, port, data) {
  const args = ["dev", "--policies", options.policies ?? set.folder, "--listen", `127.0.0.1:${port}`, "--data", data];
  args.push("--client-id", CLIENT);
  for (const uri of options.redirectUris ?? []) args.push("--redirect-uri", uri);
  if (options.tls) args.push("--tls");
  if (options.smtp) args.push("--smtp", options.smtp);
  return [...args, ...(options.extra ?? [])];
}

/**
 * Starts `vestibule dev`, or another of its commands that serves.
 * @param {object} options set, tls, smtp ("smtp://127.0.0.1:2525"), redirectUris (["spa=http://…"]), data (folder),
 *   port, environment, extra (further arguments), wrap (a command line that runs the binary), command with origin (other
 *   arguments than those of `dev`, and where the server then answers)
 */
export async function startServer(options = {}) {
  const set = options.set ?? SETS.own;
  const port = options.port ?? (await freePort());
  const data = options.data ?? mkdtempSync(path.join(tmpdir(), "vestibule-data-"));
  const origin = options.origin ?? `${options.tls ? "https" : "http"}://localhost:${port}`;
  const server = { origin, port, data, set, tenant: set.tenant, base: (policy) => `${origin}/${set.tenant}/${policy}` };
  const args = options.command ?? development(options, set, port, data);

  let output = "";
  server.log = () => output.slice(-20_000);
  server.run = async () => {
    const [command, ...before] = options.wrap ?? [];
    server.child = spawn(command ?? BINARY, command ? [...before, BINARY, ...args] : args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", ...options.environment },
    });
    server.child.stdout.on("data", (chunk) => (output += chunk));
    server.child.stderr.on("data", (chunk) => (output += chunk));
    server.gone = new Promise((resolve) => {
      server.child.once("exit", resolve);
      server.child.once("error", (error) => resolve((output += `${error.message}: build it first (cargo build -p vestibule)`)));
    });
    await untilReady(server, `${server.base(set.signIn)}/v2.0/.well-known/openid-configuration`);
  };
  server.kill = async (signal = "SIGKILL") => {
    if (server.child.exitCode === null && server.child.signalCode === null) server.child.kill(signal);
    await server.gone;
  };
  server.stop = async () => {
    await server.kill("SIGTERM");
    if (!options.data) rmSync(data, { recursive: true, force: true });
  };
  await server.run();
  return server;
}

/** The certificate of the local authority that `dev --tls` made in its data folder. */
export function authorityFile(server) {
  const found = certificatesUnder(server.data).find((file) => /ca|authority|root/i.test(path.basename(file)));
  if (!found) throw new Error(`no certificate of the local authority under ${server.data}`);
  return found;
}

function certificatesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) return certificatesUnder(full);
    return /\.(pem|crt|cer)$/.test(entry.name) && readFileSync(full, "utf8").includes("BEGIN CERTIFICATE") ? [full] : [];
  });
}
