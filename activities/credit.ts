import type { Database } from '#db/client';
import type { CreditActivities } from '#domain/credit/wire';
import { system } from '#domain/identity/roles';
import { transact } from '#use-cases/context';
import { assessCredit } from '#use-cases/credit/assess-credit';
import { recordCreditDecision } from '#use-cases/credit/record-credit-decision';

/** The `credit` task queue's side of `CreditActivities`. */
export function createCreditActivities({ db }: { readonly db: Database }): CreditActivities {
  return {
    assessCredit: ({ at, ...input }) =>
      transact(db, system('scorecard'), new Date(at), (context) => assessCredit(context, input)),
    recordCreditDecision: ({ at, actor, ...input }) =>
      transact(db, actor, new Date(at), (context) => recordCreditDecision(context, input)),
  };
}
