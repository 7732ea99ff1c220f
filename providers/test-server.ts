import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { z } from 'zod';
import type { HttpLimits } from './http.ts';
import { ProviderFailure } from './provider-failure.ts';
import { listen } from '#platform/listen';

/** A request as the provider's side saw it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** An answer; or none: the connection stays open, or breaks once the request was read. */
export type Reply =
  | { readonly status: number; readonly body?: unknown; readonly text?: string | undefined }
  | 'silence'
  | 'hang up';

export interface TestServer {
  readonly url: string;
  readonly asked: Asked[];
  /** How the next requests are answered. */
  reply: (asked: Asked) => Reply;
  close(): Promise<void>;
}

/** A provider's side on a free port, which answers as it is told and keeps what it was asked. */
export async function startTestServer(): Promise<TestServer> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const asked: Asked = { method, path: url, headers, body: Buffer.concat(chunks).toString('latin1') };
      running.asked.push(asked);
      const reply = running.reply(asked);
      if (reply === 'silence') return;
      if (reply === 'hang up') {
        response.destroy();
        return;
      }
      const text = reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body));
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(text);
    });
  });
  const port = await listen(server, 0, '127.0.0.1');
  const running: TestServer = {
    url: `http://127.0.0.1:${port}`,
    asked: [],
    reply: () => ({ status: 404 }),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
  return running;
}

/** Short enough for a test, and a circuit that stays closed. */
export const patient: HttpLimits = { connect: 500, total: 2_000, breaker: { failures: 1_000, halfOpenAfter: 1_000 } };

/** `not_taken`, `unknown`, or `refused` with its reason: how a call ended; what it returned where it did not throw. */
export async function outcomeOf<Result>(work: Promise<Result>): Promise<Result | string> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    return error.kind === 'refused' ? `refused ${error.reason}` : error.kind;
  }
}

const answer = z.object({ status: z.number(), body: z.unknown().optional(), text: z.string().optional() });
const cases = z.array(
  z.object({
    name: z.string(),
    answer: answer.default({ status: 0 }),
    body: z.unknown().optional(),
    outcome: z.string().default(''),
    claim: z.string().default(''),
  }),
);

/** The recorded answers of a provider, by what was asked. */
export function recorded(file: URL): (section: string) => z.infer<typeof cases> {
  const sections = z.record(z.string(), cases).parse(JSON.parse(readFileSync(file, 'utf8')));
  return (section) => sections[section] ?? [];
}
