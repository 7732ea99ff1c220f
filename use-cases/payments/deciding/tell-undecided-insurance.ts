import { and, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Database } from '#db/client';
import { leaseClock } from '#db/queries/leases';
import { outer } from '#db/queries/outer';
import { cases, leases } from '#db/schema/index';
import { system } from '#domain/identity/roles';
import type { Money } from '#domain/money';
import { doEach } from '#platform/attempt-each';
import { openCase } from '../../cases/open-case.ts';
import { transact } from '../../context.ts';

/** Days within which an insurer's money is confirmed or not, on the lease's clock. */
const DECIDED_WITHIN_DAYS = 30;

/** Opens a case for each insurer's money that nobody has decided on for so long. Harmless to repeat. */
export async function tellUndecidedInsurance(db: Database, beat: () => void): Promise<void> {
  const isLate = sql`${cases.openedAt} < now() + ${leases.clockOffsetMs} * interval '1 millisecond'
    - ${DECIDED_WITHIN_DAYS} * interval '1 day'`;
  const isTold = sql`exists (select from payments.cases told where told.key = 'insurance_overdue:' || ${outer(cases.id)})`;
  const late = await db
    .select({ id: cases.id, leaseId: leases.id, detail: cases.detail, clockOffsetMs: leases.clockOffsetMs })
    .from(cases)
    .innerJoin(leases, eq(leases.id, cases.leaseId))
    .where(and(eq(cases.kind, 'insurance_to_confirm'), eq(cases.status, 'open'), isLate, sql`not ${isTold}`));
  await doEach(late, async ({ id, leaseId, detail, clockOffsetMs }) => {
    beat();
    const { amount, reference } = z.object({ amount: z.custom<Money>(), reference: z.string() }).parse(detail);
    const told = { about: id, leaseId, paymentId: null, detail: { amount, reference, caseId: id } };
    await transact(db, system('upkeep'), leaseClock({ clockOffsetMs }), (context) =>
      openCase(context, { kind: 'insurance_overdue', ...told }),
    );
  });
}
