import { describeError } from '#platform/describe-error';
import type { Addressee, SubscriptionRow } from '#db/queries/deliveries';
import type { Outbound } from '#domain/notifications/rules';
import type { Written } from '#domain/notifications/written';
import { ProviderFailure } from '#providers/provider-failure';
import type { PushSubscription } from '#providers/push/provider';
import type { DeliveryDependencies } from './dependencies.ts';

/** A notification on its way to a channel. */
export interface Parcel {
  readonly id: string;
  readonly channel: Outbound;
  readonly text: Written;
  readonly addressee: Addressee;
  /** It is harmless where it comes twice. */
  readonly mayRepeat: boolean;
}

/** What a channel made of it. `gone`: subscriptions that are no more. */
export interface Outcome {
  readonly state: 'taken' | 'not_taken' | 'refused' | 'in_doubt';
  readonly provider: string | null;
  readonly messageId: string | null;
  readonly gone: readonly string[];
}

const nothingTaken = { provider: null, messageId: null, gone: [] } as const;

/** Asks a channel to carry a notification. It throws nothing that a provider does. */
export async function handToChannel(deps: DeliveryDependencies, parcel: Parcel): Promise<Outcome> {
  const { id, channel } = parcel;
  try {
    return await carry(deps, parcel);
  } catch (error) {
    const kind = error instanceof ProviderFailure ? error.kind : 'unknown';
    const reason = error instanceof ProviderFailure ? error.message : describeError(error).type;
    deps.log.warn({ notificationId: id, channel, kind, reason }, 'a notification was not taken');
    return { ...nothingTaken, state: kind === 'unknown' ? 'in_doubt' : kind };
  }
}

async function carry(
  deps: DeliveryDependencies,
  { id, channel, text, addressee, mayRepeat }: Parcel,
): Promise<Outcome> {
  const { encryption, textMessages, mails, pushes } = deps;
  const { title, body } = text;
  switch (channel) {
    case 'sms': {
      const to = encryption.decrypt(addressee.user.phoneEncrypted ?? '');
      const taken = await textMessages.send({ to, body, deduplicationId: id, mayRepeat });
      return { ...nothingTaken, state: 'taken', ...taken };
    }
    case 'email': {
      if (mails === null) return { ...nothingTaken, state: 'not_taken' };
      const to = encryption.decrypt(addressee.mail?.addressEncrypted ?? '');
      await mails.send({ to, subject: title ?? '', body, id });
      return { ...nothingTaken, state: 'taken', provider: mails.name };
    }
    case 'push': {
      if (pushes === null) return { ...nothingTaken, state: 'not_taken' };
      const sent = await Promise.all(addressee.subscriptions.map((one) => pushTo(deps, one, parcelOf(id, text))));
      const gone = sent.flatMap((one) => (one.state === 'gone' ? [one.id] : []));
      const states = new Set(sent.map(({ state }) => state));
      const state = (['taken', 'in_doubt', 'not_taken'] as const).find((one) => states.has(one)) ?? 'refused';
      return { ...nothingTaken, state, provider: pushes.name, gone };
    }
  }
}

const parcelOf = (id: string, { title, body }: Written) => ({ id, title: title ?? '', body });

/** Each browser by itself: one that takes it is enough. */
async function pushTo(
  { encryption, pushes, log }: DeliveryDependencies,
  { id, endpointEncrypted, keysEncrypted }: SubscriptionRow,
  message: ReturnType<typeof parcelOf>,
): Promise<{ readonly id: string; readonly state: Outcome['state'] | 'gone' }> {
  const endpoint = encryption.decrypt(endpointEncrypted);
  const keys = JSON.parse(encryption.decrypt(keysEncrypted)) as PushSubscription['keys'];
  try {
    await pushes?.send({ endpoint, keys }, message);
    return { id, state: 'taken' };
  } catch (error) {
    const isFailure = error instanceof ProviderFailure;
    log.warn({ subscriptionId: id, reason: isFailure ? error.message : 'unknown' }, 'a push was not taken');
    if (isFailure && error.kind !== 'refused')
      return { id, state: error.kind === 'unknown' ? 'in_doubt' : 'not_taken' };
    return { id, state: isFailure && error.reason === 'no_subscriber' ? 'gone' : 'refused' };
  }
}
