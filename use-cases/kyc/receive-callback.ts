import { createHash } from 'node:crypto';
import { and, eq, isNull } from 'drizzle-orm';
import { submissions } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { system } from '#domain/identity/roles';
import { signalWorkflow } from '#steering/signal-workflow';
import { checked, kycWorkflowId } from '#workflows/kyc/messages';
import { callbackHash } from '#platform/callback-secret';
import { record, transact } from '../context.ts';
import type { KycDependencies } from './dependencies.ts';

type Dependencies = Pick<KycDependencies, 'db' | 'encryption' | 'identityCheck' | 'temporal'>;

/**
 * A webhook of the identity-check provider came. What it claims is not believed: it makes the workflow
 * ask, and names the job where the answer to the sending was lost. It is written down, without its text.
 *
 * @throws Problem not_found when the secret belongs to no submission.
 */
export async function receiveIdentityCallback(
  deps: Dependencies,
  input: { readonly secret: string; readonly body: string },
): Promise<void> {
  const { db, encryption, temporal } = deps;
  const [row] = await db
    .select()
    .from(submissions)
    .where(eq(submissions.callbackHash, callbackHash(encryption, input.secret)));
  if (row === undefined) throw new Problem('not_found');
  const claim = readClaim(deps, input.body);
  const id = createHash('sha256').update(input.body).digest('base64url');
  await transact(db, system('callbacks'), new Date(), async (context) => {
    const detail = { submissionId: row.id, claimed: claim?.verdict.state ?? 'unreadable' };
    await record(context, { key: `kyc.callback:${row.id}:${id}`, type: 'kyc.callback', subject: row.userId, detail });
    if (claim === null) return;
    await context.tx
      .update(submissions)
      .set({ jobId: claim.jobId })
      .where(and(eq(submissions.id, row.id), isNull(submissions.jobId)));
  });
  await signalWorkflow(temporal, kycWorkflowId(row.userId), checked, { submissionId: row.id, id });
}

function readClaim({ identityCheck }: Dependencies, body: string) {
  try {
    return identityCheck?.parseCallback(body) ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
