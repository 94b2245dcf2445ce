// The real binary as operators run it: `vestibule serve` over TLS with a configuration file of its own, its applications
// in that file, its people made by `vestibule user create`.
// In: policies, applications as text of the file, further settings. Out: what startServer gives, and { ca, caFile, who }.
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { BINARY, SETS, freePort, startServer } from "./server.mjs";

export const TENANT_ID = "3f2c0a4e-6f0b-4c58-9f5e-2f6d1f0c7a11";

/** As `[[application]]` wants it. */
export const digest = (secret) => `sha256:${createHash("sha256").update(secret).digest("hex")}`;

/** A certificate for localhost that is its own authority, good for two days. */
export function makeCertificate(folder) {
  const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => path.join(folder, name));
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  execFileSync("openssl", ["req", ...kind, "-keyout", key, "-out", certificate, ...subject], { stdio: "ignore" });
  return { key, certificate };
}

/**
 * @param {object} options set; applications (the file's `[[application]]` parts); settings (further parts of the file);
 *   tls (true unless false); policies (further files beside the set's)
 */
export async function startProduction({ set = SETS.own, applications, settings = "", tls = true, policies = [] }) {
  const data = mkdtempSync(path.join(tmpdir(), "vestibule-production-"));
  const port = await freePort();
  const folder = policies.length ? path.join(data, "policies") : set.folder;
  if (policies.length) cpSync(set.folder, folder, { recursive: true });
  for (const one of policies) cpSync(one, path.join(folder, path.basename(one)));
  const { key, certificate } = makeCertificate(data);
  const origin = `${tls ? "https" : "http"}://localhost:${port}`;
  const file = (name, text) => (writeFileSync(path.join(data, name), text), path.join(data, name));
  const who = { email: "ada@example.com", password: "Correct-Horse-9", displayName: "Ada Lovelace" };
  const config = file(
    "vestibule.toml",
    `
[server]
public_url = "${origin}"
listen = "127.0.0.1:${port}"
${tls ? `tls_certificate = "${certificate}"\ntls_key = "${key}"` : ""}
[database]
url = "sqlite:${path.join(data, "vestibule.db")}"
[keys]
master_key = { file = "${file("master.key", randomBytes(32).toString("base64"))}" }
[hashing]
memory_kib = 7168
[[tenant]]
name = "${set.tenant}"
id = "${TENANT_ID}"
policies = "${folder}"
${applications}
${settings}
`,
  );
  const password = file("password", who.password);
  execFileSync(BINARY, ["user", "create", "--config", config, "--email", who.email, "--name", who.displayName, "--password-file", password]);
  const server = await startServer({ set, port, data, origin, command: ["serve", "--config", config] });
  const { stop } = server;
  server.stop = async () => {
    await stop();
    rmSync(data, { recursive: true, force: true });
  };
  return Object.assign(server, { who, ca: readFileSync(certificate), caFile: certificate, key, certificate });
}
