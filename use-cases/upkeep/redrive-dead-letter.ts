import type { DeadLetter } from '#db/queries/dead-letters';
import { findAttempt } from '#db/queries/payments';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { record, transact } from '../context.ts';
import { wakeNotification } from '#steering/wake-notification';
import { redriveNotification } from '../notifications/redrive-notification.ts';
import { restartLease } from '../leases/restart-lease.ts';
import type { PaymentDependencies } from '../payments/dependencies.ts';
import { confirmAttempt } from '../payments/outcomes/receive-callback.ts';
import { hearAgain } from '../telematics/unit-words.ts';
import { redriveDelivery } from '../webhooks/redrive-delivery.ts';
import type { RestartDependencies } from '../leases/restart-lease.ts';

type Dependencies = PaymentDependencies & RestartDependencies;

/** Why nobody can do it again by pressing a button, by kind and reason. */
const reasons: Readonly<Record<string, string>> = {
  telemetry: 'The tracker sends what it has again by itself; what was not believed is not believed the second time',
  output_not_heard:
    'The unit says how its output is with each message while somebody waits for it: what it said once is not believed beside what it has said since',
  text_refused: 'The phone takes no texts: call the customer, or change the number',
  text_in_doubt: 'It may have been sent: look it up at the gateway, and close the case',
  in_doubt: 'It may have been sent: look it up at the gateway, and close its case where there is one',
  expired: 'It is worth nothing any more',
  forgotten: 'What it said is not kept any more: call the customer where he still has to know it',
  unreadable: 'It would be read no better the second time: look at what sends it',
  not_replied: 'It answered what he had just asked: he asks again, or is called',
  activity_failing: 'Its code or data has to be mended; it is tried by itself then',
};

const whyNot = ({ kind, reason }: DeadLetter): string | undefined => reasons[kind] ?? reasons[reason];

/** Whether `redriveDeadLetter` does something about it now: nothing is sent to an endpoint that is disabled. */
export const isRedrivable = (letter: DeadLetter): boolean =>
  whyNot(letter) === undefined && letter.detail['endpoint'] !== 'disabled';

/**
 * Does again what did not work: asks the provider what became of the payment of a callback, sends a delivery, starts the
 * workflow of a lease from the books. Pressed twice it is done as if it were pressed once.
 *
 * @throws Problem not_redrivable, where that would change nothing or where it was delivered; invalid_state while the
 * endpoint of a delivery is disabled
 */
export async function redriveDeadLetter(deps: Dependencies, actor: Actor, letter: DeadLetter): Promise<void> {
  const why = whyNot(letter);
  if (why !== undefined) throw new Problem('not_redrivable', why);
  const { id, kind, dead, leaseId } = letter;
  const at = new Date();
  switch (kind) {
    case 'webhook':
      return redriveDelivery(deps, actor, id);
    case 'callback':
      if (dead) await askAgain(deps, actor, String(letter.detail['paymentId']));
      return;
    case 'workflow':
      if (dead && leaseId !== null) await restartLease(deps, actor, leaseId).catch(whenItRuns);
      return;
    case 'notification': {
      const woken = await transact(deps.db, actor, at, (context) => redriveNotification(context, id));
      // Where Temporal is away the schedule finds it.
      if (woken !== null)
        await wakeNotification(deps, woken).catch((error: unknown) =>
          deps.log.warn({ err: error, notificationId: id }, 'a notification waits for the schedule'),
        );
      return;
    }
    case 'unit_word':
      if (dead) await hearAgain(deps.db, actor, id);
      return;
    case 'telemetry':
      throw new Problem('not_redrivable');
  }
}

async function askAgain(deps: Dependencies, actor: Actor, paymentId: string): Promise<void> {
  const attempt = await findAttempt(deps.db, paymentId);
  if (attempt === undefined) return;
  await transact(deps.db, actor, new Date(), (context) =>
    record(context, { type: 'payment.asked_again', subject: paymentId }),
  );
  await confirmAttempt(deps, attempt, null);
}

/** Somebody was quicker. */
function whenItRuns(error: unknown): void {
  if (!(error instanceof Problem && error.code === 'invalid_state')) throw error;
}
