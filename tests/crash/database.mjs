// Reads the server's SQLite file with a program that is not ours, and says what is not whole in it.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import path from "node:path";

const READ = `
import json, sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=10)
db.row_factory = sqlite3.Row
print(json.dumps([[dict(row) for row in db.execute(sql)] for sql in json.loads(sys.argv[2])]))
`;

export const databaseFile = (server) => path.join(server.data, "vestibule.db");

/** Runs queries; answers the rows of each. */
export async function query(server, ...statements) {
  const python = process.env.PYTHON_SQLITE ?? "/usr/bin/python3";
  const { stdout } = await promisify(execFile)(python, ["-c", READ, databaseFile(server), JSON.stringify(statements)], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}

/** Everything that must hold at any instant, whatever was killed. Answers what does not. */
export async function broken(server) {
  const checks = [
    ["the file itself", "SELECT * FROM pragma_integrity_check WHERE integrity_check <> 'ok'"],
    ["accounts without a sign-in name", "SELECT object_id FROM users u WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.tenant = u.tenant AND i.object_id = u.object_id)"],
    ["sign-in names without an account", "SELECT canonical FROM identities i WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.tenant = i.tenant AND u.object_id = i.object_id)"],
    ["accounts without a password", "SELECT object_id FROM users WHERE password IS NULL OR password NOT LIKE '$argon2id$%'"],
    ["search rows without an account", "SELECT object_id FROM user_search s WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.tenant = s.tenant AND u.object_id = s.object_id)"],
    ["addresses with two accounts", "SELECT tenant, canonical FROM identities GROUP BY tenant, canonical HAVING COUNT(DISTINCT object_id) > 1"],
  ];
  const rows = await query(server, ...checks.map(([, sql]) => sql));
  return checks.flatMap(([what], place) => (rows[place].length ? [`${what}: ${JSON.stringify(rows[place])}`] : []));
}

/** How many accounts an address has. */
export async function accountsOf(server, address) {
  const [rows] = await query(server, "SELECT assigned, object_id FROM identities");
  return rows.filter((row) => row.assigned.toLowerCase() === address.toLowerCase()).length;
}
