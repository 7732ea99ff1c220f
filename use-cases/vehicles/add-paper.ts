import { and, eq, lt, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { paperFacts, type PaperFacts } from '#db/queries/papers';
import { cases, papers } from '#db/schema/index';
import type { LocalDate } from '#domain/calendar';
import { caseKey } from '#domain/cases';
import { Problem } from '#domain/errors';
import { isNeeded, type PaperKind } from '#domain/vehicles/papers';
import type { Encryption } from '#platform/encryption';
import { closeCasesOf } from '../cases/close-case.ts';
import { record, type Context } from '../context.ts';
import { sealFile } from '../sealed-file.ts';
import { lockVehicle } from './update-vehicle.ts';

interface NewPaper {
  readonly vehicleId: string;
  readonly kind: PaperKind;
  readonly bytes: Uint8Array;
  readonly number?: string | undefined;
  /** Both days belong to it, in the vehicle's market. */
  readonly validFrom?: LocalDate | undefined;
  readonly validUntil?: LocalDate | undefined;
}

/**
 * Keeps a paper of a vehicle, encrypted. The same file for the same kind again gives the paper that is there.
 *
 * @throws Problem not_found; unprocessable where it would end before it begins, or the file is there with other days;
 * payload_too_large, or unsupported_media_type for all but JPEG, PNG and PDF.
 */
export async function addPaper(
  context: Context,
  { encryption }: { readonly encryption: Encryption },
  input: NewPaper,
): Promise<PaperFacts> {
  const { vehicleId, kind } = input;
  const [number, validFrom, validUntil] = [input.number ?? null, input.validFrom ?? null, input.validUntil ?? null];
  if (validFrom !== null && validUntil !== null && validUntil < validFrom)
    throw refusal('validUntil', 'must not be before validFrom');
  const file = sealFile(encryption, input.bytes);
  await lockVehicle(context, vehicleId);
  const said = { number, validFrom, validUntil };
  const isSame = and(eq(papers.vehicleId, vehicleId), eq(papers.kind, kind), eq(papers.sha256, file.sha256));
  const [there] = await context.tx.select(paperFacts).from(papers).where(isSame);
  if (there !== undefined) {
    if (there.number === number && there.validFrom === validFrom && there.validUntil === validUntil) return there;
    throw refusal('file', `is there already, as paper ${there.id} that says something else`);
  }
  const [row] = await context.tx
    .insert(papers)
    .values({ id: uuidv7(), vehicleId, kind, ...said, ...file, createdAt: context.at })
    .returning(paperFacts);
  if (row === undefined) throw new Error('the paper was not stored');
  const detail = { paperId: row.id, kind, validFrom, validUntil, sha256: file.sha256 };
  await record(context, { type: 'vehicle.paper.added', subject: vehicleId, detail });
  const isAboutIt = eq(cases.key, caseKey('paper_lapsing', `${vehicleId}:${kind}`));
  const isLonger = validUntil === null ? undefined : lt(sql`${cases.detail} ->> 'validUntil'`, validUntil);
  await closeCasesOf(context, and(isAboutIt, isLonger), 'renewed');
  return row;
}

/**
 * Takes away a paper that was handed in wrongly. The last of a kind that is needed on the road an admin takes away: without
 * it nobody asks any more whether the vehicle has one.
 *
 * @throws Problem not_found; forbidden
 */
export async function removePaper(
  context: Context,
  { vehicleId, paperId }: { readonly vehicleId: string; readonly paperId: string },
): Promise<void> {
  const { market } = await lockVehicle(context, vehicleId);
  const isIt = and(eq(papers.id, paperId), eq(papers.vehicleId, vehicleId));
  const [gone] = await context.tx.delete(papers).where(isIt).returning({ kind: papers.kind, sha256: papers.sha256 });
  if (gone === undefined) throw new Problem('not_found');
  const isOfIt = and(eq(papers.vehicleId, vehicleId), eq(papers.kind, gone.kind));
  const isLast = isNeeded(market, gone.kind) && (await context.tx.$count(papers, isOfIt)) === 0;
  if (isLast && context.actor.role !== 'admin')
    throw new Problem(
      'forbidden',
      `it is the last paper of ${gone.kind}, which is needed on the road: an admin takes it away`,
    );
  await record(context, { type: 'vehicle.paper.removed', subject: vehicleId, detail: { paperId, ...gone } });
}

const refusal = (path: string, message: string) =>
  new Problem('unprocessable', 'the paper cannot be so', [{ path, message }]);
