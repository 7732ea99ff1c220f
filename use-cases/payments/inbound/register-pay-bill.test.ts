import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '#dev/ports';
import { startSimulators } from '#dev/simulators/app';
import { createEncryption } from '#platform/encryption';
import { createLogger } from '#platform/log';
import { createMobileMoney } from '#providers/mobile-money/registry';
import { testConfig } from '#test/config';
import { ownDirectory } from '#test/directory';
import { inboundPath } from './inbound-secret.ts';
import { registerPayBills } from './register-pay-bills.ts';

let dataDir: string;
let port: number;
beforeAll(async () => {
  dataDir = await ownDirectory('pay-bill');
  [port] = await freePorts(1);
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

it('M-Pesa learns where payments are announced, also when it is there only later, and as often as we start', async () => {
  const config = testConfig({
    PUBLIC_URL: 'https://rent.example',
    MPESA_BASE_URL: `http://127.0.0.1:${port}/mpesa`,
    MPESA_CONSUMER_KEY: randomUUID(),
    MPESA_CONSUMER_SECRET: randomUUID(),
    MPESA_SHORTCODE: '174379',
    MPESA_PASSKEY: 'passkey',
    MPESA_INITIATOR: 'initiator',
    MPESA_SECURITY_CREDENTIAL: 'credential',
  });
  const encryption = createEncryption(config.ENCRYPTION_KEYS);
  const deps = { config, encryption, mobileMoney: createMobileMoney(config), log: createLogger('test', 'silent') };
  const { signal } = new AbortController();
  const early = registerPayBills(deps, signal);
  const simulators = await startSimulators({ port, dataDir, seed: 'test', log: () => {} });
  await Promise.all([early, registerPayBills(deps, signal)]);
  const url = `https://rent.example${inboundPath(encryption, 'mpesa')}`;
  const told = await fetch(`${simulators.url}/inbound-urls`).then((answer) => answer.json());
  expect(told).toEqual({
    data: [{ provider: 'mpesa', url, validationUrl: `${url}/validation`, completesUnanswered: true }],
  });
  await simulators.stop();
});
