import type { Context } from '../context.ts';
import { approve, refuseDearer } from './accept-upgrade.ts';
import { lockUpgradeIn, moveUpgrade, type UpgradeRow } from './upgrade-record.ts';

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
  if (decision === 'declined') return moveUpgrade(context, found, 'declined', { reason }, 'upgrade.ended');
  return approve(context, { ...found, lease: await refuseDearer(context, found) }, { reason });
}
