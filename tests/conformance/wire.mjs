// Requests over https, each kept with its answer, and the same answers played back: what a row checks can so be tried on
// answers that were altered, without asking the server again.
// In: a server's certificate authority, or a recording. Out: send(request) → { status, headers, body }.
import https from "node:https";
import { createHash } from "node:crypto";

const PATIENCE = 30_000;

/** Sends for real. Every exchange is kept in `recording`. */
export function liveWire(ca, agent) {
  const recording = [];
  const send = ({ method = "GET", url, headers = {}, body }) =>
    new Promise((resolve, reject) => {
      const all = body === undefined ? headers : { ...headers, "content-length": Buffer.byteLength(body) };
      const outgoing = https.request(url, { method, headers: all, ca, agent }, (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const answer = { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString("utf8") };
          recording.push({ request: { method, url: String(url), body }, answer });
          resolve(structuredClone(answer));
        });
      });
      outgoing.setTimeout(PATIENCE, () => outgoing.destroy(new Error(`no answer to ${method} ${url}`)));
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  return { send, recording };
}

/** Answers from a recording, in its order. Whoever asks for more than was answered has left the recorded way. */
export function playedWire(recording) {
  let next = 0;
  const send = async ({ method = "GET", url }) => {
    const exchange = recording[next++];
    if (!exchange) throw new Error(`${method} ${url} is not in the recording`);
    return structuredClone(exchange.answer);
  };
  return { send, recording };
}

/** Texts that look random and are the same whenever a row runs, so that a recording fits. */
export function chance(seed) {
  let drawn = 0;
  return (length = 32) => {
    let text = "";
    while (text.length < length) text += createHash("sha256").update(`${seed} ${drawn++}`).digest("base64url");
    return text.slice(0, length);
  };
}
