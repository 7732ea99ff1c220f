import { transact } from '#use-cases/context';
import { storeDocument } from '#use-cases/kyc/store-document';
import type { Database } from '#db/client';
import type { DocumentKind } from '#domain/kyc/submission';
import type { Encryption } from '#platform/encryption';

/** A file that is a JPEG by its first bytes. */
function jpeg(content: string): Uint8Array {
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(content)]);
}

/** Documents as a customer uploads them, one of each kind. @returns their ids. */
export function storeDocuments(
  deps: { readonly db: Database; readonly encryption: Encryption },
  userId: string,
  kinds: readonly DocumentKind[],
): Promise<string[]> {
  const actor = { role: 'customer', id: userId } as const;
  return transact(deps.db, actor, new Date(), async (context) => {
    const ids: string[] = [];
    for (const kind of kinds) ids.push((await storeDocument(context, deps, { userId, kind, bytes: jpeg(kind) })).id);
    return ids;
  });
}
