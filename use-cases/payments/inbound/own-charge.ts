import { and, eq, gte, inArray, isNull, lte, ne, type SQL } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { havingReceipt } from '#db/queries/receipts';
import { attempts, audit, leases, methods } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { keys } from '#domain/ledger/keys';
import { chargeLike, PROMPT_MS, SKEW_MS } from '#domain/payments/reconciliation';
import { normalReference } from '#domain/payments/suggestions';
import type { StatementLine } from '#providers/mobile-money/statement';
import { transact, type Context } from '../../context.ts';
import type { AttemptRow } from '../attempt-record.ts';
import { ask } from '../outcomes/ask-provider.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { noteReceipt } from '../outcomes/note-receipt.ts';
import { tellOutcome } from '../outcomes/tell-outcome.ts';
import { recordOutcome } from '../outcomes/record-outcome.ts';
import type { InboundRow } from '#db/queries/suspense';

// A pay-bill number announces our own prompts too, before or after their callback: these are no second money.
const actor = system('inbound');
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

type Named = Pick<InboundRow, 'provider' | 'currency' | 'receipt'>;

/** The charge, or the refund, of ours that has a receipt. */
export async function attemptWithReceipt(db: Queryable, named: Named): Promise<AttemptRow | undefined> {
  const [row] = await db
    .select()
    .from(attempts)
    .where(and(havingReceipt(named), ne(attempts.kind, 'inbound')))
    .limit(1);
  return row;
}

/**
 * The same, by a provider's word. A receipt that a person read out for a charge is his word alone: what is announced with it
 * is asked about.
 */
export async function chargeWithReceipt(db: Queryable, named: Named): Promise<AttemptRow | undefined> {
  const row = await attemptWithReceipt(db, named);
  if (row === undefined) return undefined;
  const isDecided = eq(audit.key, keys.paymentDecided(row.id));
  const [decided] = await db.select({ id: audit.id }).from(audit).where(isDecided);
  return decided === undefined ? row : undefined;
}

/** Charges without a receipt, of whom the announcement names, that were asked for about the time of the payment. */
export async function chargesNear(db: Queryable, row: InboundRow): Promise<AttemptRow[]> {
  const whose = whoseCharges(row);
  if (whose === null) return [];
  const paidAt = row.paidAt.getTime();
  const found = await db
    .select({ attempt: attempts, payer: methods.phoneHash })
    .from(attempts)
    .innerJoin(leases, eq(leases.id, attempts.leaseId))
    .innerJoin(methods, eq(methods.id, attempts.paymentMethodId))
    .where(
      and(
        whose,
        eq(attempts.provider, row.provider),
        eq(attempts.currency, row.currency),
        isNull(attempts.refundOf),
        isNull(attempts.providerReference),
        inArray(attempts.status, ['pending', 'unknown', 'succeeded']),
        gte(attempts.createdAt, new Date(paidAt - PROMPT_MS)),
        lte(attempts.createdAt, new Date(paidAt + SKEW_MS)),
      ),
    )
    .orderBy(attempts.createdAt);
  return found.filter(({ payer }) => row.payerHash === null || row.payerHash === payer).map(({ attempt }) => attempt);
}

/** By our id, which MTN carries as the account; by the lease's reference; by the phone where nothing was typed. */
function whoseCharges({ account, payerHash }: InboundRow): SQL | null {
  if (uuid.test(account)) return eq(attempts.id, account);
  const reference = normalReference(account);
  if (reference !== '') return eq(leases.reference, reference);
  return payerHash === null ? null : eq(methods.phoneHash, payerHash);
}

/** Asks the provider at once about charges that somebody says are paid: its answer, and not the claim, counts. */
export async function askAboutCharges(deps: PaymentDependencies, charges: readonly AttemptRow[]): Promise<void> {
  for (const charge of charges) {
    if (charge.status === 'succeeded') continue;
    const status = await ask(deps, charge);
    if (status.state === 'succeeded') await recordAndTell(deps, charge, status);
  }
}

/**
 * The charge of ours that a line of the statement is, settled with it where nobody else could tell of it. What the
 * provider lists as paid by the customer himself is none, whatever its sum. Our id tells which charge it is; without
 * one the payer, the account, the amount and the time of the line do, as the statement has them and not whoever
 * announced it, where they leave no doubt (`chargeLike`).
 */
export async function chargeOfLine(
  deps: PaymentDependencies,
  row: InboundRow,
  line: StatementLine,
): Promise<AttemptRow | undefined> {
  if (line.type !== 'charge') return undefined;
  const isNamed = line.reference !== null && uuid.test(line.reference);
  const known = await attemptWithReceipt(deps.db, row);
  if (known !== undefined && !isNamed) return known;
  const charge = isNamed ? await chargeById(deps.db, row, line.reference) : await anonymous(deps, row, line);
  if (charge !== undefined) await takeFor(deps, charge, line);
  return (await attemptWithReceipt(deps.db, row)) ?? charge;
}

async function anonymous(
  deps: PaymentDependencies,
  row: InboundRow,
  { amount, account, payer, at }: StatementLine,
): Promise<AttemptRow | undefined> {
  const payerHash = payer === null ? null : deps.encryption.hash('phone', payer);
  const near = await chargesNear(deps.db, { ...row, account, payerHash, paidAt: at });
  const fitting = near.filter((charge) => charge.amount === amount.amount);
  return chargeLike(fitting, { canAskById: deps.mobileMoney.get(row.provider).settlesWithin === undefined });
}

async function takeFor(deps: PaymentDependencies, charge: AttemptRow, line: StatementLine) {
  const { receipt, amount, at } = line;
  if (charge.status !== 'succeeded') return recordAndTell(deps, charge, { state: 'succeeded', receipt, amount }, at);
  if (await transact(deps.db, actor, new Date(), (context) => noteReceipt(context, charge, receipt)))
    await tellOutcome(deps, charge.leaseId, { status: 'succeeded', attemptId: charge.id });
}

async function chargeById(db: Queryable, { provider }: InboundRow, id: string) {
  const isIt = and(eq(attempts.id, id), eq(attempts.provider, provider), isNull(attempts.refundOf));
  const [row] = await db.select().from(attempts).where(isIt);
  return row;
}

async function recordAndTell(
  deps: PaymentDependencies,
  { id, leaseId }: AttemptRow,
  final: Parameters<typeof recordOutcome>[2],
  paidAt: Date | null = null,
): Promise<void> {
  const work = (context: Context) => recordOutcome(context, id, final, paidAt);
  await tellOutcome(deps, leaseId, await transact(deps.db, actor, new Date(), work));
}
