import type { Database } from '#db/client';
import { system, type Actor } from '#domain/identity/roles';
import { transact } from '../context.ts';
import { assessCredit, type CreditOutcome } from './assess-credit.ts';
import { recordCreditDecision, type CreditDecisionInput } from './record-credit-decision.ts';

/** The lease's own time, ISO 8601 UTC. */
interface At {
  readonly at: string;
}

export type CreditActivities = ReturnType<typeof createCreditActivities>;

/** The activities of the `credit` task queue: each is one transaction. */
export function createCreditActivities({ db }: { readonly db: Database }) {
  return {
    assessCredit: ({ at, ...input }: { leaseId: string } & At): Promise<CreditOutcome> =>
      transact(db, system('scorecard'), new Date(at), (context) => assessCredit(context, input)),

    recordCreditDecision: ({
      at,
      actor,
      ...input
    }: CreditDecisionInput & { readonly actor: Actor } & At): Promise<CreditOutcome> =>
      transact(db, actor, new Date(at), (context) => recordCreditDecision(context, input)),
  };
}
