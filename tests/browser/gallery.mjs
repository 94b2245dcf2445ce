// A server with our own policies and, over them, those of tests/browser/policies: a field of every kind, a control, lists of
// providers, a customer's template. In: options of startServer. Out: the server; its policies are gone with it.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { REPOSITORY, SETS, startServer } from "../harness/server.mjs";

/** `change` may rewrite a file: it gets its name and text, and answers the text to write. */
export async function gallery(options = {}, change = (name, text) => text) {
  const folder = mkdtempSync(path.join(tmpdir(), "vestibule-gallery-"));
  cpSync(SETS.own.folder, folder, { recursive: true });
  const own = path.join(REPOSITORY, "tests/browser/policies");
  cpSync(own, folder, { recursive: true });
  for (const file of ["GalleryBase.xml", "Gallery.xml", "GalleryCustomer.xml"]) {
    const full = path.join(folder, file);
    writeFileSync(full, change(file, readFileSync(full, "utf8")));
  }
  const server = await startServer({ set: { ...SETS.own, folder }, ...options });
  const { stop } = server;
  server.stop = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return server;
}
