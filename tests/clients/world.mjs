// What every client test needs: the server over TLS with mail, an application, and one person who has an account.
// Clients that only trust what the operating system trusts run in a process of their own, told of our authority by
// the variable that their platform reads.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startServer, authorityFile, CLIENT } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request } from "../harness/app.mjs";
import { Visitor, signUp, somebody } from "../harness/headless.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));

/** names: further host names that the certificate and the issuer shall have. */
export async function startWorld(set, { names = [], redirectUris = () => [] } = {}) {
  const mail = await startMail();
  const app = await startApp();
  const server = await startServer({
    set,
    tls: true,
    smtp: mail.url,
    redirectUris: [`spa=${app.redirectUri}`, `web=${app.signedOut}`, ...redirectUris(app)],
    extra: names.flatMap((name) => ["--name", name]),
  });
  const authority = authorityFile(server);
  const ca = readFileSync(authority);
  const who = somebody();
  await signUp(new Visitor(server, { ca }), mail, request(server, app, set.signIn).url, who);
  const stop = async () => {
    await server.stop();
    await app.stop();
    await mail.stop();
  };
  return { mail, app, server, authority, ca, who, set, stop };
}

/** What a client in another process is told, by environment variables. */
export const told = (world, more = {}) => ({
  ...process.env,
  ORIGIN: world.server.origin,
  TENANT: world.set.tenant,
  SIGN_IN: world.set.signIn,
  EDIT: world.set.edit,
  CLIENT_ID: CLIENT,
  REDIRECT: world.app.redirectUri,
  SIGNED_OUT: world.app.signedOut,
  EMAIL: world.who.email,
  PASSWORD: world.who.password,
  NODE_EXTRA_CA_CERTS: world.authority,
  REQUESTS_CA_BUNDLE: world.authority,
  NO_PROXY: "localhost,127.0.0.1",
  ...more,
});

/** Runs a client; answers what it printed, or throws with it. */
export function run(command, file, environment) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [path.join(HERE, file)], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    const timer = setTimeout(() => child.kill("SIGKILL"), 90_000);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(output);
      else reject(new Error(`${file} ended with ${code}:\n${output}`));
    });
  });
}
