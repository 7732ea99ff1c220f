import { ActivityFailure, continueAsNew, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import { ringsAt } from '#domain/quiet-hours';
import type { SupportActivities, TicketView } from '#domain/support/wire';
import { activitiesOf } from '../kit/activities.ts';
import { Looks } from '../kit/looks.ts';
import { message } from '../kit/retry.ts';
import { changed, type TicketInput } from './messages.ts';

const activities = activitiesOf<SupportActivities>('support');

/**
 * The deadlines of a ticket, and the texts that its customer gets. What people do to a ticket they do in Postgres, at
 * once; the workflow is told of each change and looks at what is due next: a level that it is escalated to, an answer
 * that the customer has not heard of, an end of the wait for him. Workflow id `ticket-<ticketId>`. It ends where nothing
 * runs, as when the ticket is resolved; the next change starts it anew.
 */
export async function ticket({ ticketId }: TicketInput): Promise<void> {
  const looks = new Looks(changed);
  let telling: Promise<void> | null = null;
  let told: string | null = null;
  for (;;) {
    looks.begin();
    const view = await activities().lookAtTicket({ ticketId });
    // What could not be told in a day is not tried for another one.
    if (view.untold !== null && view.untold.id !== told && telling === null) {
      told = view.untold.id;
      telling = tell(ticketId, view.untold).then(() => {
        telling = null;
        looks.tell();
      });
    }
    shows(view);
    const deadline = view.escalatesAt ?? view.waitsUntil ?? null;
    if (deadline === null && telling === null && !looks.isDue) return;
    if (workflowInfo().continueAsNewSuggested && telling === null) await continueAsNew<typeof ticket>({ ticketId });
    const within = deadline === null ? null : Date.parse(deadline) - Date.now();
    if (await looks.waits(within, 'the next deadline')) continue;
    const due = { ticketId, at: new Date().toISOString() };
    await (view.escalatesAt === null ? activities().lookAtWait(due) : activities().escalateOverdue(due));
  }
}

/**
 * By day: what is written until then is told with it. A text is tried for a day; one that never got through is somebody's
 * case, and the answer is there to be read.
 */
async function tell(ticketId: string, { id: messageId, market }: NonNullable<TicketView['untold']>): Promise<void> {
  const night = ringsAt(Date.now(), null, null, market) - Date.now();
  if (night > 0) await sleep(night, { summary: 'a text in the morning' });
  try {
    await activities(message).tellOfAnswer({ ticketId, messageId, at: new Date().toISOString() });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
}

function shows({ escalatesAt, untold, waitsUntil = null }: TicketView): void {
  const facts = [
    escalatesAt === null ? 'no deadline runs' : `**escalates** at ${escalatesAt.slice(0, 16)}Z`,
    ...(waitsUntil === null ? [] : [`**waits** for the customer until ${waitsUntil.slice(0, 16)}Z`]),
    ...(untold === null ? [] : ['an answer is being told']),
  ];
  setCurrentDetails(`### Ticket\n${facts.map((fact) => `- ${fact}`).join('\n')}`);
}
