import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { branches } from '#db/schema/index';
import { Problem } from '#domain/errors';
import type { Market } from '#domain/markets';
import { record, type Context } from '../context.ts';
import { unique } from '../unique.ts';

/** Where a vehicle stands for sale. */
export interface BranchPlace {
  readonly lat: number;
  readonly lon: number;
  readonly place?: string | null | undefined;
}

export type BranchRow = typeof branches.$inferSelect;

export interface NewBranch {
  readonly name: string;
  readonly market: Market;
  readonly location: BranchPlace;
}

/** @throws Problem already_exists for a name that its market has. */
export async function createBranch(context: Context, { location, ...said }: NewBranch): Promise<BranchRow> {
  const { tx, at } = context;
  const values = { id: uuidv7(), ...said, ...onMap(location), createdAt: at };
  const [row] = await unique(tx.insert(branches).values(values).returning());
  if (row === undefined) throw new Problem('internal');
  await record(context, { type: 'branch.created', subject: row.id, detail: { name: row.name, market: row.market } });
  return row;
}

/** @throws Problem not_found; already_exists for a name that its market has. */
export async function updateBranch(
  context: Context,
  id: string,
  { name, location }: Partial<Pick<NewBranch, 'name' | 'location'>>,
): Promise<BranchRow> {
  const changes = { ...(name !== undefined && { name }), ...(location !== undefined && onMap(location)) };
  const isIt = eq(branches.id, id);
  const [row] =
    Object.keys(changes).length === 0
      ? await context.tx.select().from(branches).where(isIt)
      : await unique(context.tx.update(branches).set(changes).where(isIt).returning());
  if (row === undefined) throw new Problem('not_found');
  await record(context, { type: 'branch.updated', subject: id, detail: { fields: Object.keys(changes) } });
  return row;
}

const onMap = ({ lat: latitude, lon: longitude, place = null }: BranchPlace) => ({ latitude, longitude, place });

/** @throws Problem unprocessable for a branch that is not there, or of other markets. */
export async function refuseBranch(
  { tx }: Context,
  id: string | null | undefined,
  market: Market | readonly Market[],
  path = 'branchId',
): Promise<void> {
  if (id === null || id === undefined) return;
  const its = [market].flat();
  const [branch] = await tx.select({ market: branches.market }).from(branches).where(eq(branches.id, id)).for('share');
  if (branch !== undefined && its.includes(branch.market)) return;
  throw new Problem('unprocessable', 'There is no such branch', [
    { path, message: `is no branch in ${its.join(', ')}` },
  ]);
}
