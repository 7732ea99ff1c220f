import { randomUUID } from 'node:crypto';
import { and, eq, gte, inArray, lte, max, or } from 'drizzle-orm';
import type { Queryable } from '#db/client';
import { findLease, leaseClock } from '#db/queries/leases';
import { bearingReceipts } from '#db/queries/receipts';
import { attempts, leases, methods, outbox } from '#db/schema/index';
import { addDays, localDateAt } from '#domain/calendar';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { dueFor } from '#domain/leases/due';
import { takesPrompts } from '#domain/leases/status';
import { keys } from '#domain/ledger/keys';
import { marketRules } from '#domain/markets';
import { PROMPT_MS, SKEW_MS } from '#domain/payments/reconciliation';
import { normalReference } from '#domain/payments/suggestions';
import type { Day, Wall } from '#domain/payments/wire';
import { callbackHash, callbackSecret } from '#platform/callback-secret';
import type { UnreadLine } from '#providers/mobile-money/statement';
import { recordOnLease, transact, type Context } from '../../context.ts';
import { lockLease } from '../../leases/lease-record.ts';
import type { PaymentDependencies } from '../dependencies.ts';
import { compareDay } from './compare-day.ts';
import { statedLines, type StatedLine } from '../lines/stated-line.ts';
import { wallsOf } from './missing-days.ts';
import { recoverRefund } from '../refunds/recover-refund.ts';

type Dependencies = Pick<PaymentDependencies, 'db' | 'encryption' | 'mobileMoney'>;

export interface Recovered {
  /** Charges, and money that went back, on the statements since the moment. */
  readonly stated: number;
  /** Of them, those that are written down again. */
  readonly recovered: number;
  /** Receipts of which it is not plain whose they are: reconciliation makes each a case. */
  readonly left: readonly string[];
}

const actor = system('recovery');
/** Milliseconds between the last event of the books and the moment to which they were restored that nobody has to explain. */
const QUIET_MS = 15 * 60_000;
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * After the books were restored to a moment: what providers charged and gave back since then, and the books do not know, is
 * written down again as sent, under the id that the provider names. So nobody is asked for it or given it a second time, and
 * reconciliation proves it like any payment whose outcome was lost. Before anything may go out. Harmless to repeat; nothing is
 * booked here.
 *
 * @param moment on the wall, to which the books were restored. Statements are read from the last event of the books on where
 * that is earlier.
 * @throws ProviderFailure when a statement is not to be had.
 * @throws Problem where the books end long before that moment: what was charged in between would be passed by
 */
export async function recoverCharges(deps: Dependencies, moment: Date, now: Date): Promise<Recovered> {
  const since = await endOfBooks(deps.db, moment);
  let [stated, recovered] = [0, 0];
  const left: string[] = [];
  for (const wall of wallsOf(deps)) {
    const last = localDateAt(now.getTime(), wall.market);
    for (let date = localDateAt(since.getTime(), wall.market); date <= last; date = addDays(date, 1)) {
      const booked = once(() => bookedLines(deps, { ...wall, date }, now));
      const { lines, unread } = await statedLines(deps, { ...wall, date }, date);
      // What else there is of no kind that is known, reconciliation tells.
      const isMoney = ({ field, amount }: UnreadLine) => field !== 'type' && amount !== 0;
      left.push(...unread.filter(isMoney).map(({ receipt }) => receipt ?? `a line of ${date} that cannot be read`));
      for (const line of lines) {
        if (line.type === 'payBill' || line.at < since.getTime()) continue;
        stated += 1;
        const became =
          line.type === 'refund'
            ? await recoverRefund(deps, wall, line, { id: idOf(line), booked })
            : await recover(deps, wall, line);
        if (became === 'recovered') recovered += 1;
        if (became === 'left') left.push(line.receipt);
      }
    }
  }
  return { stated, recovered, left };
}

/** Receipts of the day's lines of money that went back, and is booked so. */
async function bookedLines(deps: Dependencies, day: Day, now: Date): Promise<ReadonlySet<string>> {
  const { found } = await compareDay(deps, day, now);
  return new Set(found.matched.flatMap(({ line }) => (line.type === 'refund' ? [line.receipt] : [])));
}

/** Statements of many days may be read for it: not for each line. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

async function endOfBooks(db: Queryable, moment: Date): Promise<Date> {
  const [last] = await db.select({ at: max(outbox.createdAt) }).from(outbox);
  const at = last?.at ?? moment;
  if (moment.getTime() - at.getTime() > QUIET_MS)
    throw new Problem(
      'conflict',
      `the books end at ${at.toISOString()}, before ${moment.toISOString()}: look whether they were restored to another moment, then say that one`,
    );
  return at < moment ? at : moment;
}

async function recover(deps: Dependencies, wall: Wall, line: StatedLine): Promise<'known' | 'recovered' | 'left'> {
  const whose = await payerOf(deps.db, wall, line);
  if (whose === null) return (await isKnown(deps.db, wall, line, null)) ? 'known' : 'left';
  return transact(deps.db, actor, new Date(line.at), async (context) => {
    const { row: lease } = await lockLease(context.tx, whose.leaseId);
    if (await isKnown(context.tx, wall, line, lease.id)) return 'known';
    if (!takesPrompts('pay', lease.status)) return 'left';
    await writeDown({ ...context, at: leaseClock(lease, line.at) }, deps, { wall, line, lease, ...whose });
    return 'recovered';
  });
}

/** By receipt, also of what was taken back since, by our id, or without one as the charge of the lease that it fits. */
async function isKnown(db: Queryable, wall: Wall, line: StatedLine, leaseId: string | null): Promise<boolean> {
  const { provider } = wall;
  const fits =
    leaseId === null
      ? undefined
      : and(
          eq(attempts.leaseId, leaseId),
          eq(attempts.provider, provider),
          eq(attempts.amount, line.amount),
          inArray(attempts.status, ['pending', 'unknown']),
          gte(attempts.createdAt, new Date(line.at - PROMPT_MS)),
          lte(attempts.createdAt, new Date(line.at + SKEW_MS)),
        );
  const id = idOf(line);
  const [known] = await db
    .select({ id: attempts.id })
    .from(attempts)
    .where(
      or(
        and(
          bearingReceipts(wall, [line.receipt]),
          inArray(attempts.status, id === null ? ['succeeded', 'reversed'] : ['succeeded']),
        ),
        id === null ? undefined : eq(attempts.id, id),
        id === null ? fits : undefined,
      ),
    )
    .limit(1);
  return known !== undefined;
}

const idOf = ({ reference }: StatedLine) => (reference !== null && uuid.test(reference) ? reference : null);

/** The lease whose reference the customer was shown, or the only one of the payer's that takes payments, and his payment method. */
async function payerOf(db: Queryable, { provider, market }: Wall, { account, payer }: StatedLine) {
  const reference = normalReference(account);
  const isNamed = eq(leases.reference, reference);
  const isHis = payer === null ? undefined : and(eq(methods.phoneHash, payer), eq(methods.provider, provider));
  const found = await db
    .select({ leaseId: leases.id, reference: leases.reference, status: leases.status, method: methods })
    .from(leases)
    .innerJoin(methods, eq(methods.userId, leases.customerId))
    .where(and(eq(leases.currency, marketRules(market).currency), eq(methods.provider, provider), isHis ?? isNamed));
  const named = found.filter((one) => one.reference === reference);
  const paying = found.filter(({ status }) => takesPrompts('pay', status));
  const candidates = named.length > 0 ? named : paying;
  const [first] = candidates;
  if (first === undefined || candidates.some(({ leaseId }) => leaseId !== first.leaseId)) return null;
  return { leaseId: first.leaseId, method: first.method };
}

interface Lost {
  readonly wall: Wall;
  readonly line: StatedLine;
  readonly lease: NonNullable<Awaited<ReturnType<typeof findLease>>>;
  readonly method: typeof methods.$inferSelect;
}

async function writeDown(
  context: Context,
  { encryption }: Pick<Dependencies, 'encryption'>,
  { wall, line, lease, method }: Lost,
): Promise<void> {
  const id = idOf(line) ?? randomUUID();
  const sentAt = new Date(line.at);
  await context.tx.insert(attempts).values({
    id,
    leaseId: lease.id,
    kind: lease.status === 'awaiting_deposit' ? 'deposit' : 'instalment',
    due: dueFor('own', id),
    provider: wall.provider,
    paymentMethodId: method.id,
    payerMasked: method.masked,
    amount: line.amount,
    currency: lease.currency,
    status: 'pending',
    sent: true,
    sentAt,
    callbackHash: callbackHash(encryption, callbackSecret(encryption, id)),
    requestedAt: context.at,
    createdAt: sentAt,
  });
  await recordOnLease(context, lease, {
    key: keys.paymentRecovered(id),
    type: 'payment.recovered',
    detail: { paymentId: id, provider: wall.provider, receipt: line.receipt },
  });
}
