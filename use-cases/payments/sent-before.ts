import type { ProviderStatus } from '#providers/mobile-money/provider';

type Succeeded = Extract<ProviderStatus, { state: 'succeeded' }>;

/** What was sent of money, once, and failed without its provider's word. */
export interface Sending<Became> {
  /** What its provider says; null where it does not answer. */
  readonly ask: () => Promise<ProviderStatus | null>;
  /** A person took it for failed. */
  readonly isDecided: boolean;
  readonly mayBeOnItsWay: boolean;
  readonly isThrough: (said: Succeeded) => Promise<Became | null>;
  readonly isInDoubt: () => Promise<Became | null>;
}

/**
 * What was sent of this money, and may have got there? It failed since its provider had not seen it, or a person took it for
 * failed, and it may have been carried out late: what goes out next would be paid twice, and whoever gets the money next would
 * have what is gone. So the provider is asked once more about each before anything else of that money goes out, by whatever
 * way, or is given to a lease. What was carried out is written down; what the provider does not say is over is in doubt again,
 * so that its money is on its way. Refunds of a lease (`askRefundsBefore`) and give-backs of money in suspense
 * (`askGiveBacksBefore`) are asked about alike: each is where its money is, see `suspense/refunds-go-along.ts`.
 *
 * @returns what became of those that were carried out, or may have been
 */
export async function askSentBefore<Became>(all: readonly Sending<Became>[]): Promise<Became[]> {
  const became: (Became | null)[] = [];
  for (const sent of all) {
    const said = await sent.ask();
    if (said?.state === 'succeeded') {
      became.push(await sent.isThrough(said));
      continue;
    }
    const isOver = said?.state === 'failed' || (said?.state === 'not_found' && !sent.mayBeOnItsWay);
    // Where its provider cannot tell, what a person decided stands.
    if (!isOver && !sent.isDecided) became.push(await sent.isInDoubt());
  }
  return became.filter((one) => one !== null);
}
