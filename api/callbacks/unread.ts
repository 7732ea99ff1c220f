import type { ZodError } from 'zod';
import type { Database } from '#db/client';
import type { Encryption } from '#platform/encryption';
import type { PaymentProvider } from '#domain/markets';
import { Problem } from '#domain/errors';
import { NoAnnouncement } from '#providers/mobile-money/inbound';
import { announceInbound } from '#use-cases/payments/inbound/announce-inbound';
import type { ApiDependencies } from '../dependencies.ts';
import { keepUnread } from '#use-cases/support/keep-unread';

/** What a gateway sent: what could be read of it, and what could not. */
export interface ReadForms<Form> {
  readonly forms: readonly Form[];
  readonly unread: { readonly fields: string; readonly body: unknown } | null;
}

/**
 * Takes what could be read, and keeps the rest as a dead letter: it would not be sent otherwise the second time. Should
 * either fail the whole comes again, and what was taken is taken once.
 */
export async function takeWhatIsRead<Form>(
  deps: { readonly db: Database; readonly encryption: Encryption },
  sender: 'sms' | 'sms-reports' | 'infobip-reports',
  { forms, unread }: ReadForms<Form>,
  take: (form: Form) => Promise<unknown>,
): Promise<void> {
  await Promise.all(forms.map(take));
  if (unread !== null) await keepUnread(deps, { sender, unread: unread.fields, body: unread.body });
}

/**
 * Takes what came where a provider announces payments. What cannot be read is kept as a dead letter, and acknowledged: nobody
 * says it again after a refusal. Its money is found on the day's statement; that something came a person sees before.
 */
export async function takeAnnouncement(deps: ApiDependencies, provider: PaymentProvider, body: string): Promise<void> {
  try {
    await announceInbound(deps, { ...deps.mobileMoney.get(provider).parseInbound(body), body });
  } catch (error) {
    if (!(error instanceof NoAnnouncement || (error instanceof Problem && error.code === 'invalid_input'))) throw error;
    const unread = error instanceof NoAnnouncement ? error.unread : 'receipt or currency';
    await keepUnread(deps, { sender: `inbound/${provider}`, unread, body });
  }
}

/** The fields for which something cannot be read, without their values. */
export function unreadFields(errors: readonly ZodError[]): string {
  const fields = errors.flatMap(({ issues }) => issues.map(({ path }) => String(path[0] ?? 'body')));
  return [...new Set(fields)].join(', ');
}
