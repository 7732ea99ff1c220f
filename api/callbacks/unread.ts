import type { ZodError } from 'zod';
import type { Database } from '#db/client';
import type { Encryption } from '#platform/encryption';
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

/** The fields for which something cannot be read, without their values. */
export function unreadFields(errors: readonly ZodError[]): string {
  const fields = errors.flatMap(({ issues }) => issues.map(({ path }) => String(path[0] ?? 'body')));
  return [...new Set(fields)].join(', ');
}
