import type { Context } from '../context.ts';
import { approve, decline } from './accept-upgrade.ts';
import { lockUpgradeIn, refuseDearer, type UpgradeRow } from './upgrade-record.ts';

/**
 * An agent decides on the credit of a customer whom the scorecard refers.
 *
 * @throws Problem invalid_state unless it is referred; as `acceptUpgrade`.
 */
export async function decideUpgrade(
  context: Context,
  input: { readonly upgradeId: string; readonly decision: 'approved' | 'declined'; readonly reason: string },
): Promise<UpgradeRow> {
  const { upgradeId, decision, reason } = input;
  const found = await lockUpgradeIn(context, upgradeId, ['referred']);
  if (decision === 'declined') return decline(context, found, { reason });
  return approve(context, { ...found, lease: await refuseDearer(context, found) }, { reason });
}
