import { eq } from 'drizzle-orm';
import type { EndpointRow } from '#db/queries/webhooks';
import { endpoints } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Encryption } from '#platform/encryption';
import { newSigningKeys } from '#providers/webhooks/signature';
import { record, type Context } from '../context.ts';
import { seal, sealFormer } from './endpoint-keys.ts';
import { lockEndpoint } from './lock-endpoint.ts';

/** Gives an endpoint new keys; those before sign beside them for a day. @throws Problem not_found, invalid_state */
export async function rotateKeys(
  context: Context,
  deps: { readonly encryption: Encryption },
  id: string,
): Promise<{ readonly endpoint: EndpointRow; readonly secret: string }> {
  const { tx, at } = context;
  const before = await lockEndpoint(tx, id);
  if (before === undefined) throw new Problem('not_found');
  const keys = newSigningKeys();
  const [endpoint] = await tx
    .update(endpoints)
    .set({
      keysEncrypted: seal(deps, keys),
      publicKey: keys.publicKey,
      ...sealFormer(deps, before, at),
      updatedAt: at,
    })
    .where(eq(endpoints.id, id))
    .returning();
  if (endpoint === undefined) throw new Problem('not_found');
  await record(context, { type: 'webhook.keys_rotated', subject: id });
  return { endpoint, secret: keys.secret };
}
