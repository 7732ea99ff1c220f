import { and, eq } from 'drizzle-orm';
import { cases } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Context } from '../context.ts';

type Reading = Pick<Context, 'tx'>;

/** True while nobody else has seen the money that an insurer pays by the word of whoever ended the lease. */
export async function waitsForInsurer({ tx }: Reading, leaseId: string): Promise<boolean> {
  const isIts = and(eq(cases.leaseId, leaseId), eq(cases.kind, 'insurance_to_confirm'), eq(cases.status, 'open'));
  return (await tx.$count(cases, isIts)) > 0;
}

/** @throws Problem invalid_state */
export async function refuseWhileInsurerWaits(context: Reading, leaseId: string): Promise<void> {
  if (await waitsForInsurer(context, leaseId))
    throw new Problem('invalid_state', 'its insurer’s money is not confirmed yet (case insurance_to_confirm)');
}
