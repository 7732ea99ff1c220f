import { system } from '#domain/identity/roles';
import type { SupportActivities } from '#domain/support/wire';
import { transact } from '#use-cases/context';
import { escalateOverdue } from '#use-cases/support/escalate-ticket';
import { lookAtTicket } from '#use-cases/support/look-at-ticket';
import type { SupportDependencies } from '#use-cases/support/send-once';
import { sendText } from '#use-cases/support/send-text';
import { tellOfAnswer } from '#use-cases/support/tell-of-answer';

/** The `support` task queue's side of `SupportActivities`. */
export function createSupportActivities(deps: SupportDependencies): SupportActivities {
  return {
    sendText: (input) => sendText(deps, input),
    lookAtTicket: ({ ticketId }) => lookAtTicket(deps.db, ticketId),
    escalateOverdue: ({ ticketId, at }) =>
      transact(deps.db, system('support'), new Date(at), (context) => escalateOverdue(context, ticketId)),
    tellOfAnswer: (input) => tellOfAnswer(deps, input),
  };
}
