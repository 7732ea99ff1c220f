import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '#platform/config';
import type { Encryption } from '#platform/encryption';
import type { Logger } from '#platform/log';
import type { MobileMoneyRegistry } from '#providers/mobile-money/registry';
import { inboundPath } from './inbound-secret.ts';

/** Seconds between two tries while a provider does not take the URLs: it may be down, or not started yet. */
const PATIENCE = [1, 5, 30, 120, 600];

/**
 * Tells the providers that want to be told (M-Pesa) where to announce payments that customers make by
 * themselves. The same at every start, and harmless to repeat. One that takes no URLs is a warning in the
 * log and no reason to stand still: reconciliation takes in what nobody announced.
 */
export async function registerPayBills(
  deps: { config: Config; encryption: Encryption; mobileMoney: MobileMoneyRegistry; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const { config, encryption, mobileMoney, log } = deps;
  await Promise.all(
    mobileMoney.all().map(async (provider) => {
      const confirmation = new URL(inboundPath(encryption, provider.name), config.PUBLIC_URL).href;
      const urls = { confirmation, validation: `${confirmation}/validation` };
      for (const seconds of [...PATIENCE, null]) {
        try {
          await provider.registerPayBill?.(urls);
          return;
        } catch (error) {
          // The message of a provider's failure has no URL in it, and so no secret.
          const reason = error instanceof Error ? error.message : String(error);
          log.warn({ provider: provider.name, reason }, 'the provider does not know where to announce payments');
          if (seconds === null || error instanceof RangeError) return;
        }
        const isOver = await pause(seconds * 1000, false, { signal, ref: false }).catch(() => true);
        if (isOver) return;
      }
    }),
  );
}
