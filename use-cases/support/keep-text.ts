import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { inboundTexts } from '#db/schema/index';
import type { HeardAs } from '#domain/support/heard';
import { storable } from '#domain/text';
import type { Encryption } from '#platform/encryption';
import { record, recordOnLease, type Context } from '../context.ts';
import { requirePerson } from '../hold-person.ts';

interface InboundText {
  /** The same again is the text that is there. */
  readonly key: string;
  /** Null for nobody whom we know. */
  readonly userId: string | null;
  /** E.164 with the plus. */
  readonly phone: string;
  readonly body: string;
  /** As the gateway sent it; null for what did not come by one. */
  readonly raw: string | null;
  readonly heardAs: HeardAs;
  /** When it was said, by the gateway's clock. */
  readonly saidAt?: Date | null | undefined;
}

/**
 * Keeps what somebody sent.
 *
 * @returns its id, when it came first, whether it was acted upon before, and the lease that it pays as far as that is known
 * @throws Problem not_found of a customer who was erased: when it is sent again it is a stranger's
 */
export async function keepText(
  context: Context,
  encryption: Encryption,
  text: InboundText,
): Promise<Pick<typeof inboundTexts.$inferSelect, 'id' | 'receivedAt' | 'leaseId'> & { readonly isAnswered: boolean }> {
  const { tx, at } = context;
  const { key, userId, phone, body, raw, heardAs, saidAt = null } = text;
  if (userId !== null) await requirePerson(tx, userId);
  await tx
    .insert(inboundTexts)
    .values({
      id: uuidv7(),
      key,
      userId,
      heardAs,
      phoneHash: encryption.hash('phone', phone),
      phoneEncrypted: encryption.encrypt(phone),
      bodyEncrypted: encryption.encrypt(storable(body)),
      rawEncrypted: raw === null ? null : encryption.encrypt(storable(raw)),
      saidAt,
      receivedAt: at,
    })
    .onConflictDoNothing({ target: inboundTexts.key });
  const [row] = await tx.select().from(inboundTexts).where(eq(inboundTexts.key, key)).for('update');
  if (row === undefined) throw new Error('the text was not kept');
  if (userId !== null)
    await record(context, {
      key: `text:${row.id}`,
      type: 'user.text_received',
      subject: userId,
      detail: { textId: row.id, heardAs },
    });
  const { id, receivedAt, leaseId, answeredAt } = row;
  return { id, receivedAt, leaseId, isAnswered: answeredAt !== null };
}

/** @param answeredAt null where what was said to it surely did not go out: it is answered when it comes again */
export async function noteAnswered({ tx, at }: Context, id: string, answeredAt: Date | null = at): Promise<void> {
  await tx.update(inboundTexts).set({ answeredAt }).where(eq(inboundTexts.id, id));
}

/** A text pays this lease, whatever becomes of the lease before it is answered. */
export async function noteLeaseOf(
  context: Context,
  id: string,
  lease: Parameters<typeof recordOnLease>[1],
): Promise<void> {
  await context.tx.update(inboundTexts).set({ leaseId: lease.id }).where(eq(inboundTexts.id, id));
  await recordOnLease(context, lease, {
    key: `text.pays:${id}`,
    type: 'lease.text_pays',
    detail: { textId: id },
  });
}
