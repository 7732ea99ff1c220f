import { setCurrentDetails } from '@temporalio/workflow';
import { isOver, type UpgradeStatus } from '#domain/upgrades/upgrade';
import type { UpgradeActivities } from '#domain/upgrades/wire';
import { activitiesOf } from '../kit/activities.ts';
import { Looks } from '../kit/looks.ts';
import { upgradeMoved, type UpgradeInput } from './messages.ts';

const upgrades = activitiesOf<UpgradeActivities>('leases');

/** Who has to act. */
const waitsFor: Readonly<Record<UpgradeStatus, string>> = {
  quoted: 'the customer to accept the quote',
  referred: 'an agent to decide on the credit',
  approved: 'an agent to inspect the vehicle that is given back',
  inspected: 'an agent to swap the vehicles',
  completed: 'the new lease to begin',
  declined: 'nothing',
  cancelled: 'nothing',
  lapsed: 'nothing',
};

/**
 * The exchange of a leased vehicle for another one, from its quote to the swap. Workflow id `upgrade-<upgradeId>`. Each step
 * that people take is one transaction; this is what passes by itself: one that nobody goes on with lapses and gives the
 * vehicle that it held back, and with the swap the new lease begins its life.
 */
export async function upgrade({ upgradeId }: UpgradeInput): Promise<void> {
  const looks = new Looks(upgradeMoved);
  for (;;) {
    looks.begin();
    const { status, lapsesIn } = await upgrades().readUpgrade({ upgradeId });
    setCurrentDetails(`### Upgrade: \`${status}\`\n- **waits for** ${waitsFor[status]}`);
    if (status === 'completed') return upgrades().startUpgradedLease({ upgradeId });
    if (isOver(status)) return;
    if (lapsesIn === 0) await upgrades().lapseUpgrade({ upgradeId });
    else await looks.waits(lapsesIn, waitsFor[status]);
  }
}
