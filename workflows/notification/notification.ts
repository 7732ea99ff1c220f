import { continueAsNew, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { Advanced, NotificationActivities, NotificationInput } from '#domain/notifications/wire';
import { activitiesOf } from '../kit/activities.ts';
import { Looks } from '../kit/looks.ts';
import { askingProvider } from '../kit/retry.ts';
import { look } from './messages.ts';

const activities = activitiesOf<NotificationActivities>('notifications', askingProvider('1 minute'));

/**
 * One notification: by the channels that its customer prefers, one after the other, until one delivers it. What is next
 * is decided in one transaction (`advanceNotification`); the workflow waits for the morning, for a digest, for a channel
 * that takes nothing, and ends where it is delivered or nobody can be reached. A receipt that says that it did not arrive,
 * or somebody who redrives it, starts it anew. Workflow id `notification-<id>`: it knows no text and no name.
 */
export async function notification({ notificationId }: NotificationInput): Promise<Advanced> {
  const looks = new Looks(look);
  for (;;) {
    looks.begin();
    const next = await activities().advanceNotification({ notificationId, at: new Date().toISOString() });
    setCurrentDetails(detailsOf(next));
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof notification>({ notificationId });
    if (next.state === 'tried') continue;
    if (next.state === 'waits') await looks.waits(next.afterMs, `for ${next.for}`);
    // What was told while it looked may be the next one.
    else if (!looks.isDue || next.state === 'gone') return next;
  }
}

function detailsOf(next: Advanced): string {
  switch (next.state) {
    case 'waits':
      return `**waits for** ${next.for}`;
    case 'tried':
      return `**tried** ${next.channel}`;
    case 'delivered':
      return `**delivered** by ${next.by}`;
    case 'dead':
      return `**nobody was reached**: \`${next.reason}\``;
    case 'overtaken':
      return '**not sent**: it was over before';
    case 'gone':
      return 'its person is gone';
  }
}
