import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Database } from '#db/client';
import { findLease, type LeaseRow } from '#db/queries/leases';
import { keyMissing, Problem } from '#domain/errors';
import { isStaff, type Role } from '#domain/identity/roles';
import type { CommandKey } from '#steering/command-key';
import type { ApiEnvironment, Caller } from './context.ts';
import { callerOf } from './middleware/authenticate.ts';
import { uuid } from './schemas.ts';

/**
 * Whether somebody may reach what is this owner's: his own, or with everybody's.
 *
 * @param seesAll who may reach everybody's; the others reach their own
 */
export const mayReach = (
  { id, role }: Pick<Caller, 'id' | 'role'>,
  owner: string | null,
  seesAll: (role: Role) => boolean = isStaff,
): boolean => owner === id || seesAll(role);

/**
 * A guard for `defineRoute`: 404 before the input is looked at, where the `{id}` in the path names nothing, or nothing
 * of the caller's.
 *
 * @param ownerOf whose it is: null for nobody's, undefined where there is no such thing
 * @param seesAll who may see everybody's; the others see their own
 */
export function owned(
  ownerOf: (id: string) => Promise<string | null | undefined>,
  seesAll: (role: Role) => boolean = isStaff,
) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const { id: caller, role } = callerOf(c);
    const id = uuid.safeParse(c.req.param('id'));
    const owner = id.success ? await ownerOf(id.data) : undefined;
    if (owner === undefined || !mayReach({ id: caller, role }, owner, seesAll)) throw new Problem('not_found');
    await next();
  });
}

/** The same for what is nobody's own: 404 where the `{id}` names nothing, or nothing that whoever asks may see. */
export function existing(find: (id: string, c: Context<ApiEnvironment>) => Promise<unknown>) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const id = uuid.safeParse(c.req.param('id'));
    if (!id.success || !(await find(id.data, c))) throw new Problem('not_found');
    await next();
  });
}

/** `owned`, for leases and what is under them. */
export const ownLease = ({ db }: { readonly db: Database }) =>
  owned(async (id) => (await findLease(db, id))?.customerId);

/** A row that a path names, which may be gone since its guard found it. @throws Problem not_found */
export function found<Row>(row: Row | null | undefined): Row {
  if (row === null || row === undefined) throw new Problem('not_found');
  return row;
}

/** The lease that a path names. @throws Problem not_found */
export async function leaseOf({ db }: { readonly db: Database }, id: string): Promise<LeaseRow> {
  return found(await findLease(db, id));
}

/** A lease that is named elsewhere than in the path, where its caller may reach it; undefined where it is not there, or not his. */
export async function reachedLease(
  { db }: { readonly db: Database },
  caller: Pick<Caller, 'id' | 'role'>,
  id: string,
): Promise<LeaseRow | undefined> {
  const lease = await findLease(db, id);
  return lease !== undefined && mayReach(caller, lease.customerId) ? lease : undefined;
}

/** The key of a request that must have one. @throws Problem idempotency_key_required */
export function requiredKey(c: Context<ApiEnvironment>): CommandKey {
  const key = c.get('idempotencyKey');
  if (key === undefined) throw keyMissing();
  return key;
}
