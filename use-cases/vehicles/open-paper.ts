import { and, eq } from 'drizzle-orm';
import { papers } from '#db/schema/index';
import { Problem } from '#domain/errors';
import { isStaff } from '#domain/identity/roles';
import { carriedKinds } from '#domain/vehicles/papers';
import type { Encryption } from '#platform/encryption';
import { record, type Context } from '../context.ts';
import { openFile, type OpenedFile } from '../sealed-file.ts';

/**
 * Shows the file of a paper to staff, or to whoever has the vehicle what he must carry, and writes down who looked.
 *
 * @throws Problem not_found
 */
export async function openPaper(
  context: Context,
  { encryption }: { readonly encryption: Encryption },
  { vehicleId, paperId }: { readonly vehicleId: string; readonly paperId: string },
): Promise<OpenedFile> {
  const { tx, actor } = context;
  const [row] = await tx
    .select()
    .from(papers)
    .where(and(eq(papers.id, paperId), eq(papers.vehicleId, vehicleId)));
  if (row === undefined || !(isStaff(actor.role) || carriedKinds.includes(row.kind))) throw new Problem('not_found');
  await record(context, { type: 'vehicle.paper.opened', subject: vehicleId, detail: { paperId, kind: row.kind } });
  return openFile(encryption, row);
}
