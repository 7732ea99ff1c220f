import { ProviderFailure } from '../provider-failure.ts';
import type { TakenText, TextMessage, TextMessageProvider, TextMessages } from './provider.ts';

/**
 * Texts by the first provider that takes them: the next one is asked where the one before has surely not taken the text, as
 * while its circuit is open, or for reasons of its own. What is wrong with the number is so everywhere. Where nobody knows
 * whether it was taken nobody else is asked, but for what may come twice.
 */
export function inOrder(providers: readonly TextMessageProvider[]): TextMessages {
  return { providers, send: (message) => sendBy(providers, message) };
}

async function sendBy(providers: readonly TextMessageProvider[], message: TextMessage): Promise<TakenText> {
  const failures: ProviderFailure[] = [];
  for (const provider of providers) {
    try {
      return await provider.send(message);
    } catch (error) {
      if (!(error instanceof ProviderFailure)) throw error;
      failures.push(error);
      const goesOn = error.kind === 'not_taken' || (error.kind === 'unknown' && message.mayRepeat === true);
      if (!goesOn) break;
    }
  }
  // What may have been taken by one is in doubt, whatever the next one says.
  throw failures.find(({ kind }) => kind === 'unknown') ?? failures.at(-1) ?? new Error('nobody sends texts');
}
