import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '#providers/test-server';
import { createWebhookSender } from '#providers/webhooks/sender';
import { createSigner, newSigningKeys, type MessageSigner } from '#providers/webhooks/signature';

/** Our requests before the libraries that integrators use: of Python, Go and Rust, as their registries have them. */
const room = mkdtempSync(join(tmpdir(), 'webhook-libraries-'));
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  server.reply = () => ({ status: 204 });
});
afterAll(async () => {
  await server.close();
  rmSync(room, { recursive: true, force: true });
});

const here = (name: string) => join(import.meta.dirname, 'webhook-libraries', name);
const run = (command: string, args: readonly string[], cwd = room, input = '') =>
  execFileSync(command, args, { cwd, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });

/** Each makes the program that verifies, and says how it is run. */
const libraries = {
  python() {
    run('python3', ['-m', 'venv', 'python']);
    const bin = join(room, 'python', 'bin');
    run(join(bin, 'pip'), ['install', '--quiet', '--disable-pip-version-check', 'standardwebhooks==1.1.0']);
    return [join(bin, 'python'), here('verify.py')] as const;
  },
  go() {
    const folder = join(room, 'go');
    mkdirSync(folder);
    copyFileSync(here('verify.go'), join(folder, 'main.go'));
    run('go', ['mod', 'init', 'receiver'], folder);
    run('go', ['get', 'github.com/standard-webhooks/standard-webhooks/libraries@v0.0.1'], folder);
    run('go', ['build', '-o', 'receiver', '.'], folder);
    return [join(folder, 'receiver')] as const;
  },
  rust() {
    run('cargo', ['init', '--quiet', '--name', 'receiver', 'rust']);
    const folder = join(room, 'rust');
    run('cargo', ['add', '--quiet', 'standardwebhooks@=1.0.1', 'http@1', 'serde_json@1'], folder);
    copyFileSync(here('verify.rs'), join(folder, 'src', 'main.rs'));
    run('cargo', ['build', '--quiet'], folder);
    return [join(folder, 'target', 'debug', 'receiver')] as const;
  },
};

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a receiver gets. */
async function sent(sign: MessageSigner, body: string): Promise<Request> {
  const headers = await sign({ id: 'msg_1', body }, new Date());
  // While a library is built, this process keeps no connection alive.
  const sender = createWebhookSender({ allowPrivate: true });
  expect(await sender.send('library', server.url, headers, body)).toMatchObject({ status: 204 });
  await sender.close();
  const asked = server.asked.at(-1);
  if (asked === undefined) throw new Error('nothing came');
  const got = Object.entries(asked.headers).map(([name, value]) => [name, String(value)]);
  return { headers: Object.fromEntries(got), body: Buffer.from(asked.body, 'latin1').toString('utf8') };
}

it.each(Object.keys(libraries) as (keyof typeof libraries)[])(
  'the library of %s takes what we sign, while keys change too, and nothing else',
  { timeout: 600_000 },
  async (language) => {
    const [now, before, strange] = [newSigningKeys(), newSigningKeys(), newSigningKeys()];
    const body = JSON.stringify({ type: 'payment.completed', note: 'Nakato’s Boda – 20 000 UGX ✓' });
    const plain = await sent(createSigner([now]), body);
    const both = await sent(createSigner([now, before]), body);
    const changed = { ...plain, body: plain.body.replace('20 000', '90 000') };
    const old = { ...plain, headers: await createSigner([now])({ id: 'msg_1', body }, new Date(Date.now() - 600_000)) };
    const asked = [
      [now, plain, 'taken'],
      [now, both, 'taken'],
      [before, both, 'taken'],
      [strange, both, 'refused'],
      [now, changed, 'refused'],
      [now, old, 'refused'],
    ] as const;
    const lines = asked.map(([{ secret, publicKey }, request]) => JSON.stringify({ secret, publicKey, ...request }));
    const [command = '', ...args] = libraries[language]();
    const verdicts = run(command, args, room, `${lines.join('\n')}\n`);
    expect(verdicts.trim().split('\n')).toEqual(asked.map(([, , verdict]) => verdict));
  },
);
