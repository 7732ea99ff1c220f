import type { CreditActivities } from '#domain/credit/wire';
import type { PlainActivities } from '#domain/leases/commands';
import type { Standing } from '#domain/leases/standing';
import type { Command, LeaseActivities } from '#domain/leases/wire';
import type { PaymentActivities } from '#domain/payments/wire';
import type { SupportActivities } from '#domain/support/wire';
import type { StopActivities } from '#domain/telematics/wire';
import { activitiesOf } from '../kit/activities.ts';
import { message, pollingEvery } from '../kit/retry.ts';
import { chargeActivityId } from './messages.ts';
import type { LeaseState } from './state.ts';

export const leases = activitiesOf<LeaseActivities & PlainActivities & StopActivities>('leases');
/** Those of plain commands: each is handed what was sent, as it is. */
export const obedient = activitiesOf<Record<keyof PlainActivities, (order: Command) => Promise<Standing>>>('leases');
export const credit = activitiesOf<CreditActivities>('credit');
export const payments = activitiesOf<PaymentActivities>('payments');
export const support = activitiesOf<SupportActivities>('support', message);

/** The activity that waits for a provider: one for each attempt, which `activityId` names. */
export const collector = (
  attemptId: string,
  { seconds }: LeaseState['polling'],
  summary: string,
): Pick<PaymentActivities, 'collect'> =>
  payments({ ...pollingEvery(seconds), activityId: chargeActivityId(attemptId), summary });
