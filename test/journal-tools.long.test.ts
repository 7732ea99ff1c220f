import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decimalOf } from '#domain/money';
import { journalAccount, type JournalFormat } from '#domain/ledger/journal';
import { trialBalance } from '#api/ledger/ledger';
import { createApiWorld, type ApiWorld } from './api-world.ts';
import { bookLease, weeklyPlan } from './lease-books.ts';

/** The books read by hledger (from the distribution: `apt-get install hledger`) and by Beancount (from PyPI). */
const BEANCOUNT = 'beancount==3.1.0';
const run = promisify(execFile);
let world: ApiWorld;
let token: string;
let directory: string;

beforeAll(async () => {
  [world, directory] = await Promise.all([createApiWorld(), mkdtemp(join(tmpdir(), 'journal-'))]);
  ({ token } = await world.staff('admin'));
  for (const market of ['UG', 'KE'] as const) {
    const lease = await bookLease(world.database, world.deps.config, { market, plan: { ...weeklyPlan, market } });
    await lease.pays('2026-01-05T09:00:00Z', 20_000);
    await lease.handOver('2026-01-06T09:00:00Z');
    await lease.pays('2026-01-12T09:00:00Z', 12_300);
    await lease.pays('2026-02-02T09:00:00Z', 90_000);
  }
});
afterAll(async () => {
  await world.close();
  await rm(directory, { recursive: true });
});

async function journal(format: JournalFormat, query = ''): Promise<string> {
  const answer = await fetch(`${world.url}/v1/ledger/journal?format=${format}${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(200);
  const file = join(directory, `books${query.length}.${format}`);
  await writeFile(file, await answer.text());
  return file;
}

/** What the trial balance says, by the names of the journal; balances in the currency's decimals. */
async function balances() {
  const { body } = await world.call('GET', '/v1/ledger/trial-balance', { token });
  return trialBalance
    .parse(body)
    .accounts.filter(({ balance }) => balance !== 0)
    .map(
      ({ name, currency, balance }) =>
        `${journalAccount(name)} ${decimalOf({ amount: balance, currency })} ${currency}`,
    )
    .toSorted();
}

const reads = [
  ['all of it', ''],
  ['from a day on, with what was before as its opening', '&from=2026-01-12'],
] as const;

it.each(reads)('hledger finds the balances of the ledger: %s', async (_, query) => {
  const file = await journal('hledger', query);
  await run('hledger', ['-f', file, 'check', '--strict']);
  const { stdout } = await run('hledger', [
    '-f',
    file,
    'balance',
    '--flat',
    '--no-total',
    '-O',
    'csv',
    '--layout',
    'bare',
  ]);
  const rows = stdout
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => z.tuple([z.string(), z.string(), z.string()]).parse(JSON.parse(`[${row}]`)));
  expect(rows.map(([account, commodity, balance]) => `${account} ${balance} ${commodity}`).toSorted()).toEqual(
    await balances(),
  );
});

it('Beancount checks it', { timeout: 300_000 }, async () => {
  await run('python3', ['-m', 'venv', join(directory, 'venv')]);
  await run(join(directory, 'venv/bin/pip'), ['install', '--quiet', BEANCOUNT]);
  for (const [, query] of reads) {
    const { stdout, stderr } = await run(join(directory, 'venv/bin/bean-check'), [await journal('beancount', query)]);
    expect([stdout, stderr]).toEqual(['', '']);
  }
});
