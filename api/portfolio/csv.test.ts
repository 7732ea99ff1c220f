import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { answerCsv } from './csv.ts';

it('writes amounts below nothing as numbers, and keeps texts from being formulas', async () => {
  const rows = [{ who: '-1+1', currency: 'KES', received: -500, leases: 3 }] as const;
  const app = new Hono().get('/', (c) => answerCsv(c, 'rows', rows));
  expect(await (await app.request('/')).text()).toBe("who,currency,received,leases\r\n'-1+1,KES,-5.00,3\r\n");
});
