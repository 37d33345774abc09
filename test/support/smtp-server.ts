/** A mail server that takes everything and keeps it; as little of RFC 5321 as a client needs. */
import { createServer, type Socket } from 'node:net';

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came. */
  readonly data: string;
}

export interface SmtpServer {
  readonly url: string;
  readonly mails: readonly Mail[];
  /** The answer to each recipient from now on; 250 takes them. */
  answerRecipientsWith(line: string): void;
  close(): Promise<void>;
}

export async function startSmtpServer(): Promise<SmtpServer> {
  const mails: Mail[] = [];
  const sockets = new Set<Socket>();
  let recipientAnswer = '250 ok';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    socket.setEncoding('utf8');
    let from = '';
    let to: string[] = [];
    let isData = false;
    let pending = '';
    const say = (line: string) => socket.write(`${line}\r\n`);
    const take = (line: string): void => {
      const address = /<(.*)>/.exec(line)?.[1] ?? '';
      if (/^(EHLO|HELO)/i.test(line)) return void say('250 test');
      if (/^MAIL/i.test(line)) from = address;
      if (/^RCPT/i.test(line)) {
        if (recipientAnswer.startsWith('250')) to.push(address);
        return void say(recipientAnswer);
      }
      if (/^QUIT/i.test(line)) return void socket.end('221 bye\r\n');
      isData = /^DATA/i.test(line);
      say(isData ? '354 go on' : '250 ok');
    };
    socket.on('data', (chunk) => {
      pending += String(chunk);
      for (;;) {
        const end = isData ? '\r\n.\r\n' : '\r\n';
        const at = pending.indexOf(end);
        if (at < 0) return;
        const text = pending.slice(0, at);
        pending = pending.slice(at + end.length);
        if (!isData) take(text);
        else {
          mails.push({ from, to, data: text });
          isData = false;
          to = [];
          say('250 taken');
        }
      }
    });
    say('220 test');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  return {
    url: `smtp://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    mails,
    answerRecipientsWith(line) {
      recipientAnswer = line;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
