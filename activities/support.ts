import { system } from '#domain/identity/roles';
import type { SupportActivities } from '#domain/support/wire';
import { transact } from '#use-cases/context';
import { lookAtWait } from '#use-cases/support/look-at-wait';
import { escalateOverdue } from '#use-cases/support/escalate-ticket';
import { lookAtTicket } from '#use-cases/support/look-at-ticket';
import { tellCustomer, type TellingDependencies } from '#use-cases/support/tell-customer';
import { tellOfAnswer } from '#use-cases/support/tell-of-answer';

/** The `support` task queue's side of `SupportActivities`. */
export function createSupportActivities(deps: TellingDependencies): SupportActivities {
  return {
    notify: (input) => tellCustomer(deps, input),
    sendText: (input) => tellCustomer(deps, input),
    lookAtTicket: ({ ticketId }) => lookAtTicket(deps.db, ticketId),
    escalateOverdue: ({ ticketId, at }) =>
      transact(deps.db, system('support'), new Date(at), (context) => escalateOverdue(context, ticketId)),
    lookAtWait: (input) => lookAtWait(deps, input),
    tellOfAnswer: (input) => tellOfAnswer(deps, input),
  };
}
