import { findLease, leaseClock } from '#db/queries/leases';
import { findUpgrade, type UpgradeRow } from '#db/queries/upgrades';
import { system } from '#domain/identity/roles';
import { isOver } from '#domain/upgrades/upgrade';
import type { UpgradeActivities, UpgradeStand } from '#domain/upgrades/wire';
import { transact } from '#use-cases/context';
import { restartFromBooks, type RestartDependencies } from '#use-cases/leases/restart-lease';
import { lapseUpgrade } from '#use-cases/upgrades/end-upgrade';

const actor = system('upgrades');

/** The side of `UpgradeActivities` on the task queue of the leases. */
export function createUpgradeActivities(deps: RestartDependencies): UpgradeActivities {
  const { db } = deps;

  const find = async (upgradeId: string) => {
    const row = await findUpgrade(db, upgradeId);
    const lease = row === undefined ? undefined : await findLease(db, row.leaseId);
    if (row === undefined || lease === undefined) throw new Error(`there is no upgrade ${upgradeId}`);
    return { row, at: leaseClock(lease) };
  };
  const stand = ({ status, expiresAt }: UpgradeRow, at: Date): UpgradeStand => ({
    status,
    lapsesIn: isOver(status) ? 0 : Math.max(0, expiresAt.getTime() - at.getTime()),
  });

  return {
    async readUpgrade({ upgradeId }) {
      const { row, at } = await find(upgradeId);
      return stand(row, at);
    },
    async lapseUpgrade({ upgradeId }) {
      const { at } = await find(upgradeId);
      return stand(await transact(db, actor, at, (context) => lapseUpgrade(context, upgradeId)), at);
    },
    async startUpgradedLease({ upgradeId }) {
      const { row } = await find(upgradeId);
      await restartFromBooks(deps, actor, row.newLeaseId);
    },
  };
}
