import { faultsInput } from './faults.ts';
import { toE164 } from './phones.ts';
import { badField, checked, jsonBody } from './problem.ts';
import { isCharged, type Charge } from './records.ts';
import { routes, type Simulator } from './simulator.ts';

/** A transaction as `GET /transactions` lists it: money that the customer really lost. */
export function transactionOf({ store }: Simulator, charge: Charge) {
  const refunded = store.refunded(charge);
  return {
    id: charge.receipt,
    provider: charge.provider,
    reference: charge.reference,
    payer: charge.payer,
    amount: charge.amount,
    currency: charge.currency,
    status: refunded === charge.amount ? 'reversed' : 'charged',
    refunded,
    chargedAt: new Date(charge.settlesAt).toISOString(),
    account: charge.account,
    requestId: charge.key,
  };
}

/** A prompt on a customer's phone as `GET /prompts` lists it. */
export function promptOf({ key, provider, reference, payer, amount, currency, account, callbackUrl, takenAt }: Charge) {
  const promptedAt = new Date(takenAt).toISOString();
  return { id: key, provider, reference, payer, amount, currency, account, callbackUrl, promptedAt };
}

function payerOf(asked: string | undefined): string | undefined {
  if (asked === undefined) return undefined;
  const payer = toE164(asked);
  if (payer === undefined) throw badField('payer', 'is no phone number');
  return payer;
}

/** The ground truth for tests (never struck by faults): transactions, prompts; and the faults themselves. */
export function ledgerRoutes(simulator: Simulator) {
  const { store, faults } = simulator;
  const app = routes();

  app.get('/transactions', async (c) => {
    const payer = payerOf(c.req.query('payer'));
    await store.settled();
    const now = Date.now();
    const charged = [...store.charges(payer)].filter((charge) => isCharged(charge, now));
    charged.sort((a, b) => a.settlesAt - b.settlesAt);
    return c.json({ data: charged.map((charge) => transactionOf(simulator, charge)) });
  });

  app.get('/prompts', async (c) => {
    const payer = payerOf(c.req.query('payer'));
    await store.settled();
    const prompted = [...store.charges(payer)].filter((charge) => charge.prompted);
    return c.json({ data: prompted.map(promptOf) });
  });

  app.get('/faults', (c) => c.json({ ...faults.current, promptsRefused: faults.promptsRefused }));
  app.post('/faults', async (c) => {
    faults.set(checked(faultsInput, await jsonBody(c)));
    return c.json(faults.current);
  });
  app.delete('/faults', (c) => {
    faults.clear();
    return c.body(null, 204);
  });
  return app;
}
