import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { keep } from './messages.ts';
import type { Simulator } from './simulator.ts';
import { listen } from '#platform/listen';

/** A mail server's answer, which its client may try again or not. */
function answer(message: string, responseCode: number): Error {
  return Object.assign(new Error(message), { responseCode });
}

interface RunningSmtp {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * A mail server that keeps what it is sent, for `GET /mail`. A name that begins with `bounce` is nobody's (550), one that
 * begins with `later` is not there now (451).
 *
 * @param port 0 takes a free one
 * @throws Error with code EADDRINUSE when the port is taken.
 */
export async function startSmtp(simulator: Simulator, port: number, host: string | null): Promise<RunningSmtp> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onAuth: (_given, _session, done) => done(null, { user: 'anybody' }),
    onRcptTo({ address }, _session, done) {
      if (/^bounce/i.test(address)) return done(answer('5.1.1 no such mailbox', 550));
      if (/^later/i.test(address)) return done(answer('4.2.1 try again later', 451));
      done();
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const recipients = envelope.rcptTo.map(({ address }) => address);
        keepMail(simulator, Buffer.concat(chunks), recipients).then(
          () => done(),
          () => done(answer('4.3.0 it was not kept', 451)),
        );
      });
    },
  });
  // A client that goes away in the middle is no fault of ours.
  server.on('error', () => {});
  const actual = await listen(server.server, port, host ?? '0.0.0.0');
  return { port: actual, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function keepMail(simulator: Simulator, raw: Buffer, recipients: readonly string[]): Promise<void> {
  const { from, subject = '', text, html } = await PostalMime.parse(raw);
  const details = { from: from?.address ?? '', subject };
  const body = (text ?? html ?? '').trimEnd();
  for (const to of recipients) await keep(simulator, { channel: 'mail', to, body, details });
}
