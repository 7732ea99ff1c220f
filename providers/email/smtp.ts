import { PassThrough, pipeline, type Readable } from 'node:stream';
import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { Config } from '#platform/config';
import { CircuitOpen, createBreaker } from '../breaker.ts';
import { ProviderFailure } from '../provider-failure.ts';
import type { Mail, MailProvider } from './provider.ts';

/** Milliseconds: for a connection, for the greeting, and between two words of the server. */
const limits = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 15_000 } as const;
const breaker = { failures: 10, halfOpenAfter: 5_000 } as const;

/** E-mail by the server of `SMTP_URL`; null where there is none. */
export function createMails({ SMTP_URL: url, MAIL_FROM: from, NODE_ENV }: Config): MailProvider | null {
  return url === undefined ? null : createSmtp({ url, from, requireTLS: NODE_ENV === 'production' });
}

interface SmtpSettings {
  readonly url: string;
  readonly from: string;
  /** Nothing is said in the clear to a server of `smtp://`, whatever it, or somebody between, says of STARTTLS. */
  readonly requireTLS: boolean;
}

/** A server that speaks SMTP: `smtp://user:password@host:587`, `smtps://…:465`. */
function createSmtp({ url, from, requireTLS }: SmtpSettings): MailProvider {
  const domain = domainOf(from);
  const transport = createTransport({ url, pool: true, maxConnections: 4, requireTLS, ...limits });
  /** What of each mail is said after DATA: the library reads it only then, and does not tell where it failed. */
  const contents = new Map<string, Readable>();
  transport.use('stream', ({ message }, done) => {
    message.processFunc((input) => {
      const content = new PassThrough();
      contents.set(message.messageId(), content);
      // An error ends it too.
      pipeline(input, content, () => undefined);
      return content;
    });
    done();
  });
  // A refusal is an answer; whatever else goes wrong opens the circuit.
  const circuit = createBreaker<ProviderFailure | null>(breaker, (failure) => failure?.kind === 'unknown');
  const behind = async (ask: () => Promise<unknown>, messageId = ''): Promise<void> => {
    const failure = await guarded(circuit, ask, () => contents.get(messageId)?.readableDidRead === true);
    contents.delete(messageId);
    if (failure !== null) throw failure;
  };
  return {
    name: 'smtp',
    send: ({ to, subject, body, id }: Mail) => {
      const messageId = `<${id}@${domain}>`;
      return behind(() => transport.sendMail({ from, to, subject, text: body, messageId, headers }), messageId);
    },
    ping: () => behind(() => transport.verify()),
    circuit: () => circuit.state,
  };
}

/** So that a machine answers nothing to it (RFC 3834). */
const headers = { 'Auto-Submitted': 'auto-generated' } as const;

/** Of `Name <user@domain>`. */
const domainOf = (from: string) => /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';

async function guarded(
  circuit: ReturnType<typeof createBreaker<ProviderFailure | null>>,
  ask: () => Promise<unknown>,
  isBegun: () => boolean,
): Promise<ProviderFailure | null> {
  try {
    return await circuit.run(async () => {
      try {
        await ask();
        return null;
      } catch (error) {
        const failure = failureOf(error, isBegun());
        // Surely not sent and no refusal: the server is not there.
        if (failure.kind === 'not_taken') throw failure;
        return failure;
      }
    });
  } catch (error) {
    if (error instanceof ProviderFailure) return error;
    if (error instanceof CircuitOpen)
      return new ProviderFailure('not_taken', 'smtp: not sent, the server has failed too often in a row');
    throw error;
  }
}

const shape = z.object({
  code: z.string().optional(),
  response: z.string().optional(),
  responseCode: z.number().optional(),
  command: z.string().optional(),
});

/** By a code with which servers say that there is no such mailbox, or none any more. */
const ofMailbox = [
  // Of addresses (RFC 3463 3.2), but for what is wrong with the one of the sender.
  /^(550|551|553)[ -]+5\.1\.(?![78]\b)\d{1,3}\b/,
  // Of a domain whose directory does not have it, as Microsoft says it.
  /^550[ -]+5\.4\.1 .*\brecipient address rejected\b/i,
  // One that nobody uses any more; the same code says of others that they have too much mail just now.
  /^550[ -]+5\.2\.1 .*\b(?:inactive|disabled)\b/i,
];
const withoutCode = /^(550|551|553|554)([ -]+(?!\d\.\d{1,3}\.\d)|$)/;
/** Some servers look for the mailbox when they have the mail. */
const hasNoAccount = /\bdoes(?: not|n't) have an? \S+ account\b/i;
/** Words that name the mailbox as what is not there. */
const named = [
  /\bno such (?:user|mailbox|recipient|address|account|person)\b/i,
  /\b(?:unknown|invalid) (?:user|mailbox|recipient|address|account)\b/i,
  /\b(?:user|mailbox|recipient|address|account)\b.*\b(?:unknown|unavailable|not (?:known|found)|does(?: not|n't) exist)\b/i,
  /\bno (?:mailbox|user) (?:here|by that name)\b/i,
  hasNoAccount,
];
/** Words of what the server thinks of us or of the mail, whatever else it says. */
const ofPolicy = [
  /\b5\.7\.\d/,
  /\b(?:SPF|DKIM|DMARC|sender|policy|reputation|IPs?|rate|relay(?:ing|ed)?)\b/i,
  /\b(?:block|black-? ?list|spam)/i,
];
const anAddress = /\S+@\S+/g;

/** An old server says in words alone what is wrong. Words within an address are none. */
function namesMailbox(response: string): boolean {
  const words = response.replaceAll(anAddress, '');
  return named.some((one) => one.test(words)) && !ofPolicy.some((one) => one.test(words));
}

/** Whether a reply says for good that there is no such mailbox. What it says of us or of the mail is no bounce. */
function isBounce(command: string | undefined, response: string): boolean {
  if (command !== 'RCPT TO') return hasNoAccount.test(response) && withoutCode.test(response) && namesMailbox(response);
  return ofMailbox.some((one) => one.test(response)) || (withoutCode.test(response) && namesMailbox(response));
}

/**
 * What went wrong. A server that replies with a fault has not taken the mail (RFC 5321 4.2), and neither has one to
 * which nothing of it was said. Where it ends without a reply after that, nobody knows. What the server says may name
 * the address, and is not kept.
 */
function failureOf(error: unknown, isBegun: boolean): ProviderFailure {
  const { code = 'unknown', response = '', responseCode, command } = shape.safeParse(error).data ?? {};
  const said = `smtp: ${command ?? 'no answer'} ${responseCode ?? code}`;
  if (isBounce(command, response)) return new ProviderFailure('refused', said, 'no_subscriber');
  return new ProviderFailure(responseCode === undefined && isBegun ? 'unknown' : 'not_taken', said);
}
