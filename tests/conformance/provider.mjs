// Starts `vestibule dev --conformance` on temporary data and reads what it wrote for the suite: the rows know the server by
// that file alone, as the suite does.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { authorityFile, freePort, SETS, startServer } from "../harness/server.mjs";

/** The address that the suite is thought to run at. Nobody listens there: browsers are stopped before. */
const SUITE = "https://suite.example:8443";

/** Tenant and policy of the profile. */
const PROFILE = { ...SETS.own, name: "conformance", signIn: "B2C_1A_Conformance" };

export async function startProvider() {
  const data = mkdtempSync(path.join(tmpdir(), "vestibule-conformance-"));
  const port = await freePort();
  const command = ["dev", "--conformance", "--suite", SUITE, "--listen", `127.0.0.1:${port}`, "--data", data];
  const server = await startServer({ set: PROFILE, command, data, port, origin: `https://localhost:${port}` });
  const read = (file) => {
    const suite = JSON.parse(readFileSync(path.join(data, "conformance", file), "utf8"));
    const typed = suite.browser[0].tasks[0].commands.filter(([command]) => command === "text");
    const [name, password] = typed.map(([, , , text]) => text);
    return { ...suite, base: SUITE, person: { name, password } };
  };
  return {
    suite: read("suite.json"),
    frontChannel: read("suite-frontchannel.json"),
    ca: readFileSync(authorityFile(server), "utf8"),
    log: server.log,
    stop: async () => {
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
