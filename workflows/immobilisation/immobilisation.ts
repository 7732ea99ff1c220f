import { continueAsNew, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { SupportActivities } from '#domain/support/wire';
import type { Advance, TelematicsActivities } from '#domain/telematics/wire';
import { searchAttributes } from '#platform/temporal/search-attributes';
import { activitiesOf } from '../kit/activities.ts';
import { Looks } from '../kit/looks.ts';
import { RunLength } from '../kit/renewal.ts';
import { message } from '../kit/retry.ts';
import { lookAgain, type ImmobilisationInput } from './messages.ts';

const telematics = activitiesOf<TelematicsActivities>('telematics');
const support = activitiesOf<SupportActivities>('support', message);

/** Events of a run, after which the next one goes on. */
const EVENTS_PER_RUN = 2_000;

/**
 * The immobilisation of one vehicle, by the wall's clock: its gates → the command to stop → the output that shows it →
 * whatever lifts it → the command to move, again and again → the output that shows it. Workflow id
 * `immobilisation-<vehicleId>`. What is next is decided in one transaction, with the balance and the place read under the
 * lease's lock (`advanceImmobilisation`); the workflow is what never forgets to ask again. Nothing is lost with it: started
 * again, it goes on where the vehicle is.
 */
export async function immobilisation({ vehicleId }: ImmobilisationInput): Promise<void> {
  const looks = new Looks(lookAgain);
  const run = new RunLength(EVENTS_PER_RUN);
  let texts = 0;
  let shown: string | null = null;
  for (;;) {
    looks.begin();
    const next = await telematics().advanceImmobilisation({ vehicleId });
    if (next.state !== shown) show((shown = next.state));
    tell(next);
    if (next.text !== undefined && next.leaseId !== null) {
      texts += 1;
      // Only the next run waits for it; what could not be sent is a case by itself.
      const sent = support().sendText({ leaseId: next.leaseId, ...next.text });
      void sent.catch(() => {}).then(() => (texts -= 1));
    }
    // What was told while it looked may be the next one.
    if (next.state === null && !looks.isDue) return;
    if (run.isDue && texts === 0) await continueAsNew<typeof immobilisation>({ vehicleId });
    if (next.state !== null) await looks.waits(next.seconds * 1_000, next.waitsFor);
  }
}

function show(state: string | null): void {
  upsertSearchAttributes([{ key: searchAttributes.immobilisation, value: state ?? 'ended' }]);
}

/** What operators read in the Temporal UI. */
function tell({ state, leaseId, waitsFor, gate }: Advance): void {
  const facts = [
    `### Immobilisation: \`${state ?? 'ended'}\``,
    ...(waitsFor === '' ? [] : [`- **waits for** ${waitsFor}`]),
    ...(gate === null ? [] : [`- **gate** \`${gate}\`, see docs/immobilisation.md`]),
    ...(leaseId === null ? [] : [`- **lease** \`lease-${leaseId}\``]),
  ];
  setCurrentDetails(facts.join('\n'));
}
