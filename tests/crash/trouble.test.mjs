// Trouble around the server: a full disk, a database that cannot be written, a mail server that is away. Each is told
// on the page, the server stays alive, and when the trouble is over the same person gets on.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startServer, SETS, get } from "../harness/server.mjs";
import { startMail } from "../harness/mail.mjs";
import { startApp, request } from "../harness/app.mjs";
import { Visitor, personFields, signIn, signUp, somebody } from "../harness/headless.mjs";
import { broken, databaseFile } from "./database.mjs";

const set = SETS.own;
const root = process.getuid() === 0;
let mail, app;
before(async () => {
  mail = await startMail();
  app = await startApp();
});
after(async () => {
  await app?.stop();
  await mail?.stop();
});

const start = (t, options) =>
  startServer({ set, smtp: mail.url, redirectUris: [`spa=${app.redirectUri}`], ...options }).then((server) => {
    t.after(() => server.stop());
    return server;
  });

/** An answer of the server in trouble: an error that says so, readable and without its insides. */
function readable(response) {
  assert.ok(response.status >= 400 && response.status < 600, `status ${response.status}`);
  assert.ok(response.body.length > 0);
  assert.doesNotMatch(response.body, /panicked|SQLITE|sqlx|\.rs:|stack backtrace|\/tmp\//i);
}

const alive = async (server) => assert.equal((await get(`${server.base(set.signIn)}/v2.0/.well-known/openid-configuration`)).status, 200);

test("the mail server is away: the page says so, and trying again works", async (t) => {
  const server = await start(t);
  const who = somebody();
  const visitor = new Visitor(server);
  const page = await visitor.link(await visitor.open(request(server, app, set.signIn).url), { local: "signup" });
  await mail.pause();
  const refused = await visitor.sendCode(page, "email", who.email);
  assert.equal(refused.http.status, 200);
  assert.equal(refused.status, "400");
  await alive(server);
  await mail.resume();
  const sent = await visitor.sendCode(page, "email", who.email);
  assert.equal(sent.status, "200", sent.raw);
  const checked = await visitor.verifyCode(page, "email", who.email, await mail.code(who.email));
  assert.equal(checked.status, "200");
  const answer = await visitor.respond(page, { email: who.email, ...personFields(who) });
  assert.equal(answer.status, "200", answer.raw);
});

test("the disk is full: a clear error, a server that lives, and no half account; with space again it works", async (t) => {
  const data = mkdtempSync(path.join(tmpdir(), "vestibule-full-"));
  const mounted = mountSmall(data);
  t.after(() => {
    if (mounted) execFileSync("umount", ["--lazy", data]);
    rmSync(data, { recursive: true, force: true });
  });
  // Without the right to mount, a limit on the size of files stands in for the full disk.
  const limited = mounted ? {} : { wrap: ["bash", "-c", 'trap "" XFSZ; ulimit -f 6000; exec "$@"', "vestibule"] };
  const server = await start(t, { data, ...limited });
  const who = somebody();
  await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, who);

  if (mounted) fill(data);
  let refusals = 0;
  for (let attempt = 0; attempt < 400 && refusals < 5; attempt += 1) {
    const response = await new Visitor(server).get(request(server, app, set.signIn, { state: "x".repeat(2000) }).url);
    if (response.status === 200) continue;
    readable(response);
    refusals += 1;
  }
  assert.ok(refusals > 0, "the disk did become full");
  await alive(server);
  if (!mounted) return;
  rmSync(path.join(data, "filler"));
  const other = somebody();
  await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, other);
  await signIn(new Visitor(server), request(server, app, set.signIn).url, who);
  assert.deepEqual(await broken(server), []);
});

function mountSmall(folder) {
  if (!root) return false;
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", folder], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

/** Leaves nothing free. */
function fill(folder) {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(path.join(folder, "filler"), Buffer.alloc(bavail * bsize));
}

test("the database can no longer be written: a clear error, a server that lives; afterwards all is there", async (t) => {
  const server = await start(t);
  const who = somebody();
  await signUp(new Visitor(server), mail, request(server, app, set.signIn).url, who);
  const files = databaseFiles(server);
  if (!immutable(files, true)) {
    console.error("SKIPPED: files cannot be made immutable here (root and ext4 are needed)");
    return t.skip("files cannot be made immutable here");
  }
  t.after(() => immutable(files, false));
  readable(await new Visitor(server).get(request(server, app, set.signIn).url));
  await alive(server);
  immutable(files, false);
  await signIn(new Visitor(server), request(server, app, set.signIn).url, who);
  assert.deepEqual(await broken(server), []);
});

test("a database that cannot be written at start is refused at once, by name", async (t) => {
  const data = mkdtempSync(path.join(tmpdir(), "vestibule-readonly-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const first = await startServer({ set, data });
  await first.stop();
  // The folder belongs to nobody, the database to root, who may write anything: so nobody runs the server.
  const wrap = root ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : undefined;
  if (root) for (const name of ["", ...readdirSync(data, { recursive: true })]) chownSync(path.join(data, name), 65534, 65534);
  for (const file of databaseFiles(first)) {
    if (root) chownSync(file, 0, 0);
    chmodSync(file, 0o444);
  }
  await assert.rejects(startServer({ set, data, port: first.port, wrap }), /vestibule: .*database.*(readonly|read-only|cannot be written)/i);
});

const databaseFiles = (server) =>
  ["", "-wal", "-shm"].map((end) => databaseFile(server) + end).filter((file) => existsSync(file));

/** Writes fail from now on, also through files that are already open. Answers whether that could be had. */
function immutable(files, on) {
  try {
    execFileSync("chattr", [on ? "+i" : "-i", ...files.filter((file) => !file.endsWith("-shm"))], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}
