import { uuidv7 } from 'uuidv7';
import { collateralSteps } from '#db/schema/index';
import { localDateAt } from '#domain/calendar';
import { dueOf, type StepKind } from '#domain/collateral/step';
import type { Context } from '../context.ts';
import { businessDate, type LeaseRow } from '../leases/lease-record.ts';
import { tellOfStep } from './step-record.ts';

/** Opens steps, once a cause and kind. Call it with the lease locked. @param cause the id of what they come of */
export async function openSteps(
  context: Context,
  lease: LeaseRow,
  { kinds, cause }: { readonly kinds: readonly StepKind[]; readonly cause: string },
): Promise<void> {
  const { market, agreementSignedAt } = lease;
  const today = businessDate(lease, context.at);
  const signedOn = agreementSignedAt === null ? null : localDateAt(agreementSignedAt.getTime(), market);
  for (const kind of kinds) {
    const [row] = await context.tx
      .insert(collateralSteps)
      .values({
        id: uuidv7(),
        leaseId: lease.id,
        kind,
        cause,
        status: 'open',
        openedAt: context.at,
        dueOn: dueOf(kind, { market, today, signedOn }),
      })
      .onConflictDoNothing({ target: [collateralSteps.cause, collateralSteps.kind] })
      .returning();
    if (row !== undefined) await tellOfStep(context, lease, row, 'collateral.opened');
  }
}
