import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { Config } from '#platform/config';
import { CircuitOpen, createBreaker } from '../breaker.ts';
import { ProviderFailure } from '../mobile-money/provider.ts';
import type { Mail, MailProvider } from './provider.ts';

/** Milliseconds: for a connection, for the greeting, and between two words of the server. */
const limits = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 15_000 } as const;
const breaker = { failures: 10, halfOpenAfter: 5_000 } as const;

/** E-mail by the server of `SMTP_URL`; null where there is none. */
export function createMails({ SMTP_URL: url, MAIL_FROM: from }: Config): MailProvider | null {
  return url === undefined ? null : createSmtp({ url, from });
}

/** A server that speaks SMTP: `smtp://user:password@host:587`, `smtps://…:465`. */
function createSmtp({ url, from }: { readonly url: string; readonly from: string }): MailProvider {
  const transport = createTransport({ url, pool: true, maxConnections: 4, ...limits });
  // A refusal is an answer; whatever else goes wrong opens the circuit.
  const circuit = createBreaker<ProviderFailure | null>(breaker, (failure) => failure?.kind === 'unknown');
  const behind = async (ask: () => Promise<unknown>): Promise<void> => {
    const failure = await guarded(circuit, ask);
    if (failure !== null) throw failure;
  };
  return {
    name: 'smtp',
    send: ({ to, subject, body, id }: Mail) =>
      behind(() => transport.sendMail({ from, to, subject, text: body, messageId: `<${id}@rent-to-own>` })),
    ping: () => behind(() => transport.verify()),
    circuit: () => circuit.state,
  };
}

async function guarded(
  circuit: ReturnType<typeof createBreaker<ProviderFailure | null>>,
  ask: () => Promise<unknown>,
): Promise<ProviderFailure | null> {
  try {
    return await circuit.run(async () => {
      try {
        await ask();
        return null;
      } catch (error) {
        const failure = failureOf(error);
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
  responseCode: z.number().optional(),
  command: z.string().optional(),
  syscall: z.string().optional(),
  message: z.string().default(''),
});

/** What goes wrong before a word of the mail is said. */
const early: ReadonlySet<string> = new Set(['EDNS', 'EAUTH', 'ENOAUTH', 'ETLS', 'EPROXY', 'ECONNREFUSED']);
const earlyWords = /^(connection timeout|greeting never received|connect )/i;

/**
 * What went wrong, by the server's reply (RFC 5321 4.2): 5yz is for good, 4yz passes. Where a connection that was there
 * ends without one, nobody knows. What the server says may name the address, and is not kept.
 */
function failureOf(error: unknown): ProviderFailure {
  const { code = 'unknown', responseCode, command, syscall, message } = shape.safeParse(error).data ?? { message: '' };
  const said = `smtp: ${command ?? 'no answer'} ${responseCode ?? code}`;
  if (responseCode !== undefined)
    return code === 'EENVELOPE' && responseCode >= 500
      ? new ProviderFailure('refused', said, 'no_subscriber')
      : new ProviderFailure('not_taken', said);
  const isEarly = early.has(code) || syscall === 'connect' || earlyWords.test(message);
  return new ProviderFailure(isEarly ? 'not_taken' : 'unknown', said);
}
