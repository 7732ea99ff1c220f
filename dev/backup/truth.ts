import { openDriver } from '#db/driver';
import { SimulatorClient } from '../simulator-client.ts';

export interface Compared {
  /** Charges of the providers that the ledger has. */
  readonly booked: number;
  /** Charges that a person is told of. */
  readonly cases: number;
  /** A line for each thing that differs. */
  readonly differences: readonly string[];
}

interface Booked {
  readonly receipt: string;
  readonly id: string;
  readonly amount: number;
}

/** Compares the books with what the simulated providers really charged: each charge is booked once, or a case. */
export async function differencesFromTruth(databaseUrl: string, simulators: string): Promise<Compared> {
  const { data: charges } = await new SimulatorClient(simulators).get('/transactions');
  const sql = openDriver(databaseUrl, { max: 1 });
  try {
    const rows = await sql<Booked[]>`
      select id, upper(provider_reference) as receipt, coalesce(settled_amount, amount)::float8 as amount
      from payments.attempts
      where status = 'succeeded' and kind <> 'refund' and transfer_id is not null and provider_reference is not null`;
    const told = await sql<{ receipt: string }[]>`
      select upper(detail ->> 'receipt') as receipt from payments.cases
      where status = 'open' and detail ->> 'receipt' is not null`;
    const clearing = await sql<{ name: string; amount: number }[]>`
      select a.name, sum(e.amount)::float8 as amount
      from ledger.entries e join ledger.accounts a on a.id = e.account_id where a.name like 'clearing:%' group by a.name`;
    const [underWay] = await sql<{ open: number }[]>`
      select count(*)::int as open from payments.attempts
      where status in ('pending', 'unknown') or (status = 'succeeded' and transfer_id is null)`;
    const byReceipt = new Map(rows.map((row) => [row.receipt, row]));
    const cases = new Set(told.map(({ receipt }) => receipt));
    const differences: string[] = [];
    let untold = 0;
    for (const { id, amount, provider } of charges) {
      const row = byReceipt.get(id.toUpperCase());
      if (row === undefined && !cases.has(id.toUpperCase()))
        differences.push(`${provider} ${id}: in no book and no case`);
      if (row !== undefined && row.amount !== amount)
        differences.push(`${provider} ${id}: ${amount}, booked ${row.amount}`);
      if (row === undefined) untold += amount;
    }
    const known = new Set(charges.map(({ id }) => id.toUpperCase()));
    for (const { receipt, id } of rows)
      if (!known.has(receipt)) differences.push(`payment ${id} is booked, and nobody was charged for it`);
    const net = charges.reduce((sum, { amount, refunded }) => sum + amount - refunded, 0);
    const held = clearing.reduce((sum, { amount }) => sum + amount, 0);
    if (held !== net - untold)
      differences.push(`the providers hold ${net}, of it ${untold} as cases; the books say ${held}`);
    if (underWay !== undefined && underWay.open > 0) differences.push(`${underWay.open} payments are under way`);
    const ours = charges.filter(({ id }) => byReceipt.has(id.toUpperCase())).length;
    return { booked: ours, cases: charges.length - ours, differences };
  } finally {
    await sql.end({ timeout: 5 });
  }
}
