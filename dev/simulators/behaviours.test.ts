import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behaviours } from './behaviours.ts';
import {
  list,
  newId,
  pause,
  startMerchant,
  startTestSimulators,
  until,
  type Merchant,
  type Said,
  type TestProvider,
} from './test-support.ts';
import { airtelClient, mpesaClient, mtnClient } from './test-providers.ts';

/** What a merchant sees of each row, and what is true. */
interface Row {
  readonly truth: 'paid' | 'failed' | 'pending';
  readonly callbacks: readonly Said['state'][];
  readonly prompts: number;
  /** Whether the status is pending at first; how long in milliseconds (unscaled). */
  readonly pendingFor?: number;
  /** Its code at MTN, Airtel and M-Pesa. */
  readonly codes?: readonly [string, string, number];
}
const paid: Row = { truth: 'paid', callbacks: ['paid'], prompts: 1 };
const failed = (...codes: [string, string, number]): Row => ({
  truth: 'failed',
  callbacks: ['failed'],
  prompts: 1,
  codes,
});
const noFunds = failed('NOT_ENOUGH_FUNDS', 'DP00800001007', 1);
const rows: Record<string, Row> = {
  '555': paid,
  '001': { ...paid, pendingFor: 3_000 },
  '002': { ...paid, callbacks: [] },
  '003': { ...paid, callbacks: ['paid', 'paid', 'paid'] },
  '004': paid,
  '005': { ...paid, callbacks: ['failed'] },
  '006': { truth: 'failed', callbacks: ['paid'], prompts: 1 },
  '007': { ...paid, callbacks: ['paid', 'failed'] },
  '010': noFunds,
  '011': noFunds,
  '012': failed('APPROVAL_REJECTED', 'DP00800001008', 1032),
  '013': { ...failed('PAYER_NOT_FOUND', 'DP00800001010', 2040), prompts: 0 },
  '014': failed('PAYER_LIMIT_REACHED', 'DP00800001003', 4),
  '015': { ...failed('EXPIRED', 'DP00800001029', 1019), pendingFor: 5_000 },
  '020': paid,
  '021': paid,
  '022': paid,
  '023': { truth: 'pending', callbacks: [], prompts: 1 },
  '024': { ...paid, pendingFor: 20_000 },
  '030': paid,
};

const TIME_SCALE = 0.1;
let simulators: Awaited<ReturnType<typeof startTestSimulators>>;
let merchant: Merchant;
beforeAll(async () => {
  simulators = await startTestSimulators({ timeScale: TIME_SCALE });
  merchant = await startMerchant();
});
afterAll(async () => {
  await simulators.remove();
  await merchant.close();
});

it('has a test for every row of the table', () => {
  expect(Object.keys(rows).toSorted()).toEqual(behaviours.map(({ digits }) => digits ?? '555').toSorted());
});

describe.each([
  ['mtn', mtnClient, 0],
  ['airtel', airtelClient, 1],
  ['mpesa', mpesaClient, 2],
] as const)('at %s', (name, client, index) => {
  let provider: TestProvider;
  beforeAll(async () => {
    provider = await client(simulators.url);
  });
  const isMpesa = name === 'mpesa';
  const amount = isMpesa ? 100_000 : 1_000;

  /** Charges once, through the refusals of 021, and returns what the prompts list names. */
  async function charge(digits: string) {
    const payer = provider.phone(digits);
    const reference = newId();
    const callbackUrl = `${merchant.url}/callbacks/${reference}`;
    const send = () => provider.charge({ payer, callbackUrl, id: reference });
    if (digits === '020') await expect(send()).rejects.toThrow();
    else if (digits === '021') await refusedTwice(send, payer);
    const last = digits === '020' ? undefined : await send();
    const answeredAt = Date.now();
    if (digits === '022') {
      expect(last?.status).toBe(500);
      expect(last?.text === '').toBe(isMpesa);
    } else if (last) {
      expect([200, 202]).toContain(last.status);
    }
    const prompts = await list(`${simulators.url}/prompts?payer=%2B${payer}`);
    const id = isMpesa ? (last && digits !== '022' ? last.id : String(prompts[0]?.['id'])) : reference;
    return { payer, reference, callbackUrl, prompts, id, answeredAt, path: `/callbacks/${reference}` };
  }

  async function refusedTwice(send: () => ReturnType<TestProvider['charge']>, payer: string) {
    for (const nth of [1, 2]) {
      const refused = await send();
      expect(refused.status, `request ${nth}`).toBe(500);
      if (isMpesa) expect(refused.json['errorCode']).toBe('500.003.02');
    }
    expect(await list(`${simulators.url}/prompts?payer=${payer}`)).toEqual([]);
    expect(await list(`${simulators.url}/transactions?payer=${payer}`)).toEqual([]);
  }

  it.concurrent.each(Object.entries(rows))('goes as %s says', async (digits, row) => {
    const taken = await charge(digits);
    const transactions = () => list(`${simulators.url}/transactions?payer=${taken.payer}`);

    expect(taken.prompts).toHaveLength(row.prompts);
    if (row.prompts > 0) {
      expect(taken.prompts[0]).toMatchObject({
        provider: name,
        reference: taken.reference,
        payer: `+${taken.payer}`,
        amount,
        callbackUrl: taken.callbackUrl,
      });
    }
    if (row.pendingFor !== undefined) {
      const settlesAt = Date.parse(String(taken.prompts[0]?.['promptedAt'])) + row.pendingFor * TIME_SCALE;
      const [early, moved] = [await provider.status(taken.id), await transactions()];
      // On a slow machine it may be over by now.
      if (Date.now() < settlesAt) expect([early.state, moved]).toEqual(['pending', []]);
      await until(
        async () => (await provider.status(taken.id)).state !== 'pending',
        row.pendingFor * TIME_SCALE + 5_000,
      );
      expect(Date.now()).toBeGreaterThanOrEqual(settlesAt);
    }
    const said = await provider.status(taken.id);
    expect(said.state).toBe(row.truth);
    if (row.codes) expect(String(said.code)).toBe(String(row.codes[index]));

    await until(() => merchant.at(taken.path).length >= row.callbacks.length);
    await pause(200);
    const claims = merchant.at(taken.path).map(({ body }) => provider.claim(body));
    // They are sent one by one, but on a busy machine they may overtake each other.
    expect(claims.map(({ state }) => state).toSorted()).toEqual(row.callbacks.toSorted());
    if (row.codes) expect(String(claims[0]?.code)).toBe(String(row.codes[index]));
    if (digits === '004') expect(merchant.at(taken.path)[0]?.at).toBeLessThanOrEqual(taken.answeredAt);
    if (digits === '030') expect(claims[0]?.amount).toBe(amount / 2);

    const moved = await transactions();
    expect(moved).toHaveLength(row.truth === 'paid' ? 1 : 0);
    if (row.truth === 'paid') {
      expect(said).toMatchObject({ amount, receipt: moved[0]?.['id'] });
      expect(moved[0]).toMatchObject({
        provider: name,
        reference: taken.reference,
        amount,
        status: 'charged',
        refunded: 0,
      });
    }
  });

  it('011 lacks funds for the first two charges of a payer, then pays', async () => {
    const payer = provider.phone('011');
    const states: string[] = [];
    for (let n = 0; n < 4; n++) states.push((await provider.status((await provider.charge({ payer })).id)).state);
    expect(states).toEqual(['failed', 'failed', 'paid', 'paid']);
  });

  it('021 refuses each charge anew', async () => {
    const payer = provider.phone('021');
    const statuses: number[] = [];
    for (const id of [newId(), newId()]) {
      for (let n = 0; n < 3; n++) statuses.push((await provider.charge({ payer, id })).status);
    }
    expect(statuses.map((status) => status === 500)).toEqual([true, true, false, true, true, false]);
  });

  it(
    isMpesa ? 'takes a resend as a second prompt and charges twice' : 'takes an id once, however often it is sent',
    async () => {
      const payer = provider.phone('777');
      const id = newId();
      const answers = await Promise.all(Array.from({ length: 10 }, () => provider.charge({ payer, id })));
      if (name === 'mtn') expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
      if (name === 'airtel') expect(answers.filter(({ text }) => text.includes('ESB000041'))).toHaveLength(9);
      expect(await list(`${simulators.url}/transactions?payer=${payer}`)).toHaveLength(isMpesa ? 10 : 1);
      expect(await list(`${simulators.url}/prompts?payer=${payer}`)).toHaveLength(isMpesa ? 10 : 1);
    },
  );
});
