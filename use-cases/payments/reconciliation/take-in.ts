import { eq } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import { money, type Currency } from '#domain/money';
import { isReceipt } from '#domain/payments/receipt';
import type { Day } from '#domain/payments/wire';
import { attemptEach } from '#platform/attempt-each';
import { describeError } from '#platform/describe-error';
import { transact } from '../../context.ts';
import { closeCasesOf } from '../../cases/close-case.ts';
import { announceInbound } from '../inbound/announce-inbound.ts';
import { wentBack } from '../suspense/give-back/went-back.ts';
import { TRIES } from './confirm-found.ts';
import type { ReconciliationDependencies } from './dependencies.ts';
import type { StatedLine } from '../lines/stated-line.ts';

interface Unannounced {
  readonly line: StatedLine;
  readonly currency: Currency;
  readonly caseId: string;
}

interface TakenBack {
  readonly line: StatedLine;
  readonly inboundId: string;
  /** The movement that the line is of: a give-back of ours, or the money itself. */
  readonly movementId: string;
  readonly caseId: string;
}

/**
 * What the statement proves of money that customers paid by themselves: what nobody announced goes the way of an
 * announcement, which asks the provider once more, also where it was announced before the statement had it, and denied; what
 * went back leaves suspense. The difference stays on the report; its case is closed. Harmless to repeat. A line that fails keeps
 * no other from being booked, and after some tries the report from no end: its case stays.
 *
 * @param input.attempt which try this is, from 1
 * @throws what the first one failed by, while it is worth another try.
 */
export async function bookProven(
  deps: ReconciliationDependencies,
  { provider, at, attempt }: Pick<Day, 'provider'> & { readonly at: Date; readonly attempt: number },
  {
    unannounced,
    takenBack,
  }: { readonly unannounced: readonly Unannounced[]; readonly takenBack: readonly TakenBack[] },
): Promise<void> {
  const failed = [
    ...(await attemptEach(unannounced, (one) => takeIn(deps, provider, one, at))),
    ...(await attemptEach(takenBack, (one) => bookTakenBack(deps, one, at))),
  ];
  for (const { item, error } of failed)
    deps.log.warn({ err: describeError(error), caseId: item.caseId, attempt }, 'a line of the statement is not booked');
  const [first] = failed;
  if (first !== undefined && attempt < TRIES) throw first.error;
}

async function takeIn(
  deps: ReconciliationDependencies,
  provider: Day['provider'],
  { line, currency, caseId }: Unannounced,
  at: Date,
): Promise<void> {
  // No workflow can bear such a name: that is for a person.
  if (!isReceipt(line.receipt)) return;
  const inboundId = await announceInbound(deps, {
    provider,
    receipt: line.receipt,
    account: line.account,
    amount: money(line.amount, currency),
    paidAt: new Date(line.at),
    payer: line.phone ?? undefined,
    body: null,
  });
  // A charge of ours has the receipt: that is for a person.
  if (inboundId === null) return;
  await transact(deps.db, actor, at, (context) =>
    closeCasesOf(context, eq(cases.id, caseId), 'taken in from the statement'),
  );
}

/**
 * Money in suspense that the provider took back, or that went back as we had ordered, leaves suspense and the provider's
 * account. Where a lease has got it meanwhile the case stays.
 */
function bookTakenBack(
  { db }: Pick<ReconciliationDependencies, 'db'>,
  { line: { amount, receipt, at: wentAt }, inboundId, movementId, caseId }: TakenBack,
  at: Date,
): Promise<void> {
  return transact(db, actor, at, async (context) => {
    if (!(await wentBack(context, { inboundId, movementId, amount, at: new Date(wentAt), receipt }))) return;
    await closeCasesOf(context, eq(cases.id, caseId), 'booked: what waited in suspense went back');
  });
}

const actor = system('reconciliation');
