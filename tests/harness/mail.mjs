// A real SMTP server that keeps what it is given. In: nothing. Out: messages by address, and the code in them.
import { SMTPServer } from "smtp-server";
import { simpleParser } from "mailparser";
import { once } from "node:events";
import { freePort } from "./server.mjs";

export async function startMail(options = {}) {
  const mail = { port: options.port ?? (await freePort()), messages: [] };
  mail.url = `smtp://127.0.0.1:${mail.port}`;

  const listen = async () => {
    mail.smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS", "AUTH"],
      onData(stream, session, done) {
        simpleParser(stream).then((message) => {
          const to = session.envelope.rcptTo.map((recipient) => recipient.address.toLowerCase());
          mail.messages.push({ to, subject: message.subject, text: message.text ?? "", html: message.html || "", headers: message.headers });
          done();
        }, done);
      },
    });
    mail.smtp.on("error", () => {});
    mail.smtp.listen(mail.port, "127.0.0.1");
    await once(mail.smtp.server, "listening");
  };

  mail.to = (address) => mail.messages.filter((message) => message.to.includes(address.toLowerCase()));

  /** The newest message to an address, waiting until there are more than `seen` of them. */
  mail.next = async (address, seen = 0, patience = 10_000) => {
    const end = Date.now() + patience;
    while (Date.now() < end) {
      const messages = mail.to(address);
      if (messages.length > seen) return messages.at(-1);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`no mail to ${address} within ${patience} ms (had ${seen})`);
  };

  /** The six digits of the newest message that carries any. */
  mail.code = async (address, seen = 0) => codeIn(await mail.next(address, seen));

  mail.pause = () => new Promise((resolve) => mail.smtp.close(resolve));
  mail.resume = listen;
  mail.stop = mail.pause;
  await listen();
  return mail;
}

export function codeIn(message) {
  const found = /(?<!\d)(\d{6})(?!\d)/.exec(message.text);
  if (!found) throw new Error(`no six-digit code in: ${message.text}`);
  return found[1];
}
