import { z } from '@hono/zod-openapi';
import type { AgreementRow } from '#db/queries/agreements';
import { findGuarantee } from '#db/queries/guarantees';
import { leaseClock, type LeaseRow } from '#db/queries/leases';
import { findTransfer, listLeaseTransfers } from '#db/queries/parties';
import { findUpgrade } from '#db/queries/upgrades';
import { Problem } from '#domain/errors';
import { spoken } from '#domain/phrase';
import { transact, type Context } from '#use-cases/context';
import { agreementFacts, draftLeaseAgreement } from '#use-cases/leases/agreement/draft-agreement';
import { draftGuarantee, guaranteeFacts } from '#use-cases/parties/guarantee-terms';
import { draftTakeover, takeoverFacts } from '#use-cases/parties/takeover';
import { draftAmendment, exchangeFacts } from '#use-cases/upgrades/amendment';
import type { Caller } from '../context.ts';
import type { ApiDependencies } from '../dependencies.ts';
import { found, leaseOf, reachedLease } from '../guards.ts';
import { callerOf } from '../middleware/authenticate.ts';
import { ownPart } from '../parties/transfer-view.ts';
import { defineRoute, type router } from '../route.ts';
import { uuid } from '../schemas.ts';
import { agreement, presentAgreement } from './agreement-view.ts';

/** What a draft says now. */
export async function factsNow(deps: ApiDependencies, row: AgreementRow) {
  const { leaseId, upgradeId, transferId, guaranteeId, customerId: userId, draftedOn } = row;
  const { db } = deps;
  if (upgradeId !== null) return exchangeFacts(deps, found(await findUpgrade(db, upgradeId)), draftedOn);
  const lease = await leaseOf(deps, leaseId);
  if (transferId !== null) {
    const transfer = found(await findTransfer(db, transferId));
    return takeoverFacts(deps, { row: transfer, lease, userId }, draftedOn);
  }
  if (guaranteeId !== null) {
    const guarantee = found(await findGuarantee(db, guaranteeId));
    return guaranteeFacts(deps, { row: guarantee, lease }, draftedOn);
  }
  return agreementFacts(deps, lease, draftedOn);
}

const draft = z.strictObject({
  leaseId: uuid.optional(),
  upgradeId: uuid.optional(),
  transferId: uuid.optional(),
  guaranteeId: uuid.optional(),
  language: z.enum(spoken).optional(),
});
type Wanted = z.infer<typeof draft>;

export function draftRoute(deps: ApiDependencies, app: ReturnType<typeof router>): void {
  app.openapi(
    defineRoute(deps, {
      method: 'post',
      path: '/agreements',
      summary:
        'Draft what is to be signed: the agreement of a lease that is offered or held, the amendment of an exchange, or the terms of whoever takes a lease over or answers for one',
      tag: 'agreements',
      roles: ['customer'],
      idempotency: 'optional',
      body: draft,
      status: 201,
      answer: agreement,
    }),
    async (c) => {
      const caller = callerOf(c);
      const { lease, make } = await subjectOf(deps, caller, c.req.valid('json'));
      return c.json(presentAgreement(await transact(deps.db, caller.actor, leaseClock(lease), make)), 201);
    },
  );
}

interface Drafting {
  /** On whose clock. */
  readonly lease: LeaseRow;
  readonly make: (context: Context) => Promise<AgreementRow>;
}

/** What is drafted by what the caller names. @throws Problem unprocessable for another's, or for none or several */
async function subjectOf(deps: ApiDependencies, caller: Caller, { language, ...of }: Wanted): Promise<Drafting> {
  const [named, ...more] = (['leaseId', 'upgradeId', 'transferId', 'guaranteeId'] as const).filter(
    (name) => of[name] !== undefined,
  );
  const id = named === undefined ? undefined : of[named];
  if (named === undefined || id === undefined || more.length > 0)
    throw refusal(more[0] ?? 'leaseId', 'name one of leaseId, upgradeId, transferId and guaranteeId');
  const found = await kinds[named](deps, caller, { id, language });
  if (found === null) throw refusal(named, 'there is nothing of yours with this id');
  return found;
}

type Find = (
  deps: ApiDependencies,
  caller: Caller,
  of: { readonly id: string; readonly language: Wanted['language'] },
) => Promise<Drafting | null>;

const kinds = {
  leaseId: async ({ db, encryption }, caller, { id: leaseId, language }) => {
    const lease = await reachedLease({ db }, caller, leaseId);
    if (lease === undefined) return null;
    return { lease, make: (context) => draftLeaseAgreement(context, encryption, { leaseId, language }) };
  },
  upgradeId: async ({ db, encryption }, caller, { id: upgradeId, language }) => {
    const row = await findUpgrade(db, upgradeId);
    const lease = row === undefined ? undefined : await reachedLease({ db }, caller, row.leaseId);
    if (lease === undefined) return null;
    return { lease, make: (context) => draftAmendment(context, encryption, { upgradeId, language }) };
  },
  transferId: async (deps, caller, { id: transferId, language }) => {
    const { db, encryption } = deps;
    const [row] = await listLeaseTransfers(db, { id: transferId, of: await ownPart(db, caller) }, { limit: 1 });
    if (row === undefined || row.fromCustomerId === caller.id) return null;
    const wanted = { transferId, userId: caller.id, language };
    return { lease: await leaseOf(deps, row.leaseId), make: (context) => draftTakeover(context, encryption, wanted) };
  },
  guaranteeId: async (deps, caller, { id: guaranteeId, language }) => {
    const row = await findGuarantee(deps.db, guaranteeId);
    if (row === undefined || row.guarantorId !== caller.id) return null;
    const lease = await leaseOf(deps, row.leaseId);
    return { lease, make: (context) => draftGuarantee(context, deps.encryption, { guaranteeId, language }) };
  },
} satisfies Readonly<Record<'leaseId' | 'upgradeId' | 'transferId' | 'guaranteeId', Find>>;

const refusal = (path: string, message: string) =>
  new Problem('unprocessable', 'there is nothing to be signed', [{ path, message }]);
