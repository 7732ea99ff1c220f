import type { Client } from '@temporalio/client';
import { and, asc, eq, gt, inArray, isNull, lte, or, type SQL } from 'drizzle-orm';
import type { Database } from '#db/client';
import { submissions, upgrades, users } from '#db/schema/index';
import { localDate } from '#domain/calendar';
import { system } from '#domain/identity/roles';
import { RENEWAL_DAYS } from '#domain/kyc/decision';
import type { Config } from '#platform/config';
import type { Logger } from '#platform/log';
import { hasDied, lastRunOf } from '#steering/workflow-runs';
import { startKyc, type KycStartConfig } from '#steering/start-kyc';
import { startUpgrade } from '#steering/start-upgrade';
import { leaseWorkflowId } from '#workflows/lease/messages';
import { kycWorkflowId } from '#workflows/kyc/messages';
import { upgradeWorkflowId } from '#workflows/upgrade/messages';
import { record, transact } from '../context.ts';
import { suspicionsOf } from '../kyc/record-submission.ts';

const actor = system('upkeep');
/** Workflows that visibility is asked about at once. */
const BATCH = 100;
const DAY = 24 * 3_600_000;
/** For so long after its swap an exchange is looked at; its new lease begins in a moment. */
const STARTS_WITHIN = 7 * DAY;

interface Revival {
  readonly db: Database;
  readonly temporal: Pick<Client, 'workflow'>;
  readonly config: KycStartConfig & Pick<Config, 'SHARED_DOCUMENTS'>;
  readonly log: Pick<Logger, 'error'>;
}

/**
 * Starts the workflows again that died and of which the books know all: identity checks with a submission that nobody has
 * decided, or an approval that is to be renewed or lapses soon; exchanges that are under way, and those whose new lease has
 * not begun its life. Each is told in the log and in
 * the audit.
 *
 * @param beat is called after each batch
 * @returns how many.
 */
export async function reviveWorkflows(deps: Revival, beat: () => void): Promise<number> {
  return (
    (await inBatches(
      (after) => checksThatMustRun(deps.db, after),
      (batch) => reviveChecks(deps, batch),
      beat,
    )) +
    (await inBatches(
      (after) => exchangesThatMustRun(deps.db, after),
      (batch) => reviveExchanges(deps, batch),
      beat,
    ))
  );
}

async function inBatches<Row extends { readonly id: string }>(
  read: (after: string | null) => PromiseLike<readonly Row[]>,
  revive: (batch: readonly Row[]) => Promise<number>,
  beat: () => void,
): Promise<number> {
  let revived = 0;
  for (let after: string | null = null; ; beat()) {
    const batch: readonly Row[] = await read(after);
    revived += await revive(batch);
    after = batch.at(-1)?.id ?? null;
    if (after === null || batch.length < BATCH) return revived;
  }
}

const open = ['pending', 'in_review'] as const;

/** Customers whose identity check has something to do. */
function checksThatMustRun(db: Database, after: string | null) {
  const soon = new Date(Date.now() + (RENEWAL_DAYS + 1) * DAY).toISOString().slice(0, 10);
  const isSoon = and(eq(submissions.status, 'approved'), lte(submissions.expiresOn, soon));
  const mustRun = or(inArray(submissions.status, [...open]), isSoon);
  return db
    .selectDistinct({ id: users.id, market: users.market })
    .from(submissions)
    .innerJoin(users, eq(users.id, submissions.userId))
    .where(and(mustRun, isNull(users.erasedAt), afterId(users.id, after)))
    .orderBy(asc(users.id))
    .limit(BATCH);
}

const afterId = (column: typeof users.id | typeof upgrades.id, after: string | null): SQL | undefined =>
  after === null ? undefined : gt(column, after);

type Check = Awaited<ReturnType<typeof checksThatMustRun>>[number];

async function reviveChecks(deps: Revival, batch: readonly Check[]): Promise<number> {
  const dead = await hasDied(
    deps.temporal,
    batch.map(({ id }) => kycWorkflowId(id)),
  );
  let revived = 0;
  for (const { id: userId, market } of batch) {
    if (market === null || !dead.has(kycWorkflowId(userId))) continue;
    const books = await checkFromBooks(deps, userId);
    if (books === null || !(await startKyc(deps, { userId, market }, books))) continue;
    revived += 1;
    await tell(deps, {
      type: 'kyc.check_restarted',
      subject: userId,
      detail: { submissionId: books.open?.submissionId },
    });
  }
  return revived;
}

/** What an identity check knew: the submission that is open, and the approval that holds. Null where there is neither. */
async function checkFromBooks({ db, config }: Pick<Revival, 'db' | 'config'>, userId: string) {
  const rows = await db.select().from(submissions).where(eq(submissions.userId, userId));
  const asked = rows.find(({ status }) => status === 'pending' || status === 'in_review');
  const held = rows.find(({ status }) => status === 'approved');
  if (asked === undefined && held === undefined) return null;
  return {
    open:
      asked === undefined
        ? null
        : {
            submissionId: asked.id,
            suspicions: await suspicionsOf(db, asked, config),
            // The provider is asked once more, and an agent decides when that is known, as at first.
            status: 'pending' as const,
          },
    approval: held?.expiresOn == null ? null : { submissionId: held.id, expiresOn: localDate(held.expiresOn) },
  };
}

function exchangesThatMustRun(db: Database, after: string | null) {
  const { id, customerId, vehicleId, leaseId, newLeaseId, status, endedAt } = upgrades;
  const isFresh = and(eq(status, 'completed'), gt(endedAt, new Date(Date.now() - STARTS_WITHIN)));
  return db
    .select({ id, customerId, vehicleId, leaseId, newLeaseId, status })
    .from(upgrades)
    .where(and(or(isNull(endedAt), isFresh), afterId(id, after)))
    .orderBy(asc(id))
    .limit(BATCH);
}

type Exchange = Awaited<ReturnType<typeof exchangesThatMustRun>>[number];

async function reviveExchanges(deps: Revival, batch: readonly Exchange[]): Promise<number> {
  const dead = await hasDied(
    deps.temporal,
    batch.filter(({ status }) => status !== 'completed').map(({ id }) => upgradeWorkflowId(id)),
  );
  const found = batch.filter(({ id }) => dead.has(upgradeWorkflowId(id)));
  for (const one of batch) if (one.status === 'completed' && !(await hasBegun(deps, one))) found.push(one);
  for (const one of found) {
    await startUpgrade(deps, one);
    await tell(deps, {
      type: 'upgrade.restarted',
      subject: one.id,
      leaseId: one.leaseId,
      detail: { upgradeId: one.id },
    });
  }
  return found.length;
}

/** Whether the lease that an exchange came to has had a workflow. One that died since is told of by `findDeadLeases`. */
async function hasBegun({ temporal }: Revival, { newLeaseId }: Exchange): Promise<boolean> {
  return (await lastRunOf(temporal, leaseWorkflowId(newLeaseId)))?.status !== 'NOT_FOUND';
}

async function tell({ db, log }: Revival, entry: Parameters<typeof record>[1]): Promise<void> {
  log.error({ type: entry.type, subject: entry.subject }, 'a workflow had died, and was started again from the books');
  await transact(db, actor, new Date(), (context) => record(context, entry));
}
