import { spawn, type ChildProcess } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argumentsFor } from '../compile.ts';
import { Journal } from './journal.ts';
import { airtelClient, mpesaClient, mtnClient } from './test-providers.ts';
import { call, list, newId, post, startMerchant, startTestSimulators, until, type Merchant } from './test-support.ts';

let dataDir: string;
let merchant: Merchant;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'simulators-'));
  merchant = await startMerchant();
});
afterAll(async () => {
  await merchant.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** The simulators as a process of their own, as the platform starts them. */
async function startProcess(
  directory: string,
): Promise<{ child: ChildProcess; url: string; exited: Promise<number | null> }> {
  const child = spawn(process.execPath, await argumentsFor('dev/simulators/main.ts'), {
    env: { ...process.env, SIMULATOR_PORT: '0', SIMULATOR_TIME_SCALE: '0.3', DATA_DIR: directory },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message) => message === 'ready' && resolve());
    void exited.then((code) => reject(new Error(`exit ${code}`)));
  });
  return { child, url: /http:\S+/.exec(output)?.[0] ?? '', exited };
}

describe('a kill', () => {
  it('loses nothing that was answered, and sends the callbacks that were left', async () => {
    const killed = await startProcess(dataDir);
    const clients = await Promise.all([mtnClient(killed.url), airtelClient(killed.url), mpesaClient(killed.url)]);
    const many = clients.flatMap((client) =>
      Array.from({ length: 30 }, () => ({ client, payer: client.phone('555') })),
    );
    const answers = await Promise.all(
      many.map(({ client, payer }, index) => client.charge({ payer, callbackUrl: `${merchant.url}/killed/${index}/` })),
    );
    const [mtn] = clients;
    const [slow, poor] = [mtn.phone('001'), mtn.phone('011')];
    const late = await mtn.charge({ payer: slow, callbackUrl: `${merchant.url}/late` });
    await mtn.charge({ payer: poor });
    const refusedId = newId();
    await mtn.charge({ payer: mtn.phone('021'), id: refusedId });
    await post(`${killed.url}/mail`, { to: 'somebody@example.com', subject: 'A mail', text: 'kept' });
    await post(`${killed.url}/faults`, { down: true });
    killed.child.kill('SIGKILL');
    await killed.exited;

    // What a kill in the middle of a write leaves.
    await appendFile(join(dataDir, 'simulators', 'journal.jsonl'), '{"type":"charge","kind":"requ');
    const { child, url, exited } = await startProcess(dataDir);
    for (const [index, { payer }] of many.entries()) {
      expect(await list(`${url}/transactions?payer=${payer}`), `charge ${index}`).toHaveLength(1);
    }
    expect(answers.every(({ status }) => status === 200 || status === 202)).toBe(true);
    expect(await list(`${url}/mail?to=somebody@example.com`)).toHaveLength(1);
    expect((await call(`${url}/faults`)).json['down']).toBe(false);

    // A callback that the kill cut off from our note of it comes again, and says the same.
    await until(() => merchant.at('/late').length >= 1);
    for (const index of many.keys()) await until(() => merchant.at(`/killed/${index}/`).length >= 1);
    for (const index of many.keys()) {
      const [first, ...repeated] = merchant.at(`/killed/${index}/`);
      for (const { body } of repeated) expect(body, `charge ${index} told again`).toEqual(first?.body);
    }
    const again = await mtnClient(url);
    expect((await again.status(late.id)).state).toBe('paid');
    expect((await again.charge({ payer: slow, id: late.id })).status).toBe(409);
    const second = await again.charge({ payer: poor });
    const third = await again.charge({ payer: poor });
    expect([(await again.status(second.id)).state, (await again.status(third.id)).state]).toEqual(['failed', 'paid']);

    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });

  it('in the middle of many requests keeps every charge that was answered', async () => {
    const killed = await startProcess(dataDir);
    const client = await mtnClient(killed.url);
    const answered: string[] = [];
    // Each goes on until its request breaks, so that there are some on their way at the kill.
    const payers = Array.from({ length: 40 }, async () => {
      for (;;) {
        const id = newId();
        const { status } = await client.charge({ payer: client.phone('002'), id });
        if (status === 202) answered.push(id);
        if (answered.length === 100) killed.child.kill('SIGKILL');
      }
    });
    await Promise.allSettled(payers);
    expect(answered.length).toBeGreaterThanOrEqual(100);
    await killed.exited;

    const simulators = await startTestSimulators({ dataDir });
    const again = await mtnClient(simulators.url);
    for (const id of answered) expect((await again.status(id)).state).toBe('paid');
    const charged = (await list(`${simulators.url}/transactions`)).map(({ requestId }) => requestId);
    expect(new Set(charged).size).toBe(charged.length);
    await simulators.stop();
  });

  it('ends the process when its parent is gone', async () => {
    const { child, exited } = await startProcess(dataDir);
    child.disconnect();
    expect(await exited).toBe(0);
  });
});

describe('a restart', () => {
  it('sends no callback twice and refuses nothing anew', async () => {
    const first = await startTestSimulators();
    const client = await mtnClient(first.url);
    const [payer, id] = [client.phone('021'), newId()];
    await client.charge({ payer, id });
    // The stop comes while the merchant thinks.
    merchant.delay = 200;
    await client.charge({ payer: client.phone('555'), callbackUrl: `${merchant.url}/once` });
    await until(() => merchant.at('/once').length === 1);
    await first.stop();
    merchant.delay = 0;

    const second = await startTestSimulators({ dataDir: first.dataDir });
    const again = await mtnClient(second.url);
    expect((await again.charge({ payer, id })).status).toBe(500);
    expect((await again.charge({ payer, id })).status).toBe(202);
    // What the first left would go out at once, so before this.
    await again.charge({ payer: client.phone('555'), callbackUrl: `${merchant.url}/afterwards` });
    await until(() => merchant.at('/afterwards').length === 1);
    expect(merchant.at('/once')).toHaveLength(1);
    await second.remove();
  });

  it('does the same with the same seed', async () => {
    const receipts = await Promise.all(
      ['one', 'one', 'two'].map(async (seed) => {
        const simulators = await startTestSimulators({ seed });
        const client = await mtnClient(simulators.url);
        await client.charge({ payer: '256700000555', id: '8b9f3f5e-6d0a-4f0e-9f58-1c1b7d9c2f11' });
        const [transaction] = await list(`${simulators.url}/transactions`);
        await simulators.remove();
        return transaction?.['id'];
      }),
    );
    expect(receipts[0]).toBe(receipts[1]);
    expect(receipts[0]).not.toBe(receipts[2]);
  });

  it('says that a port is taken', async () => {
    const simulators = await startTestSimulators();
    await expect(startTestSimulators({ port: simulators.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await simulators.remove();
  });
});

describe('the journal', () => {
  it('names the line that is not JSON', async () => {
    const path = join(dataDir, 'broken.jsonl');
    await appendFile(path, '{}\nnonsense\n{}\n');
    await expect(Journal.open(path, () => {})).rejects.toThrow(/line 2/);
  });

  it('keeps what was appended together, and cuts a torn end', async () => {
    const path = join(dataDir, 'many.jsonl');
    const journal = await Journal.open(path, () => {});
    await Promise.all(Array.from({ length: 500 }, (_, n) => journal.append({ n, text: 'é' })));
    await journal.close();
    await expect(journal.append({})).rejects.toThrow(/closed/);
    await appendFile(path, '{"n":500');
    const replayed: unknown[] = [];
    const again = await Journal.open(path, (record) => replayed.push(record));
    await again.append({ n: 501 });
    await again.close();
    expect(replayed).toEqual(Array.from({ length: 500 }, (_, n) => ({ n, text: 'é' })));
    expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(501);
  });
});
