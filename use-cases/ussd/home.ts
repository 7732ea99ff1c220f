import type { Queryable } from '#db/client';
import { findUserByPhone, type UserRow } from '#db/queries/identity';
import { findLease, leaseStands, listLeases, type LeaseRow, type LeaseStand } from '#db/queries/leases';
import { titleWaits } from '#db/queries/said-gone';
import { newestText } from '#db/queries/texts';
import { findVehicle } from '#db/queries/vehicles';
import { Problem } from '#domain/errors';
import type { Actor } from '#domain/identity/roles';
import { byNeed, type Need } from '#domain/leases/meant';
import { hasEnded, isOwned } from '#domain/leases/status';
import { money } from '#domain/money';
import { menuOf } from '#domain/ussd/menu';
import type { Note } from '#domain/ussd/phrases';
import { goTo, type Lease, type State } from '#domain/ussd/state';
import type { Call } from './dependencies.ts';

/** Days for which a code to start a vehicle is shown again. */
const CODE_DAYS = 7;
/** Leases that a phone lists at most. */
const LEASES = 20;
/** Leases, applications that came to nothing among them, that are looked through for those. */
const KNOWN = 500;

/** Where a session begins and comes back to: the menu of a customer, or how to become one. */
export async function homeOf(call: Call, { note, leaseId }: { note?: Note; leaseId?: string } = {}): Promise<State> {
  const { db } = call.deps;
  if (call.market === null) return goTo('said', { saying: 'otherCountry', values: {} });
  const user = await findUserByPhone(db, call.phoneHash);
  if (user === undefined) return goTo('language', { registers: true });
  if (user.disabledAt !== null) return goTo('said', { saying: 'closed', values: {} });
  const { going, over } = await leasesOnScreen(call, user);
  const rows = [...going.map(({ row }) => row), ...over];
  const row = rows.find(({ id }) => id === leaseId) ?? rows[0];
  const [lease = null] = row === undefined ? [] : await leasesShown(call, [row]);
  const hasCode = lease !== null && (await restartCodeOf(call, user.id, lease.id)) !== null;
  const items = menuOf(lease, { leases: rows.length, hasCode });
  const isOtherLate = going.some((stand) => stand.row.id !== row?.id && lateOf(stand) > 0);
  return { ...goTo('menu', { name: user.name, lease, items, isOtherLate }), ...(note && { note }) };
}

/** The text that last gave the customer of a lease a code to start his vehicle with, while it may be of use; null for none. */
export async function restartCodeOf({ deps, at }: Call, userId: string, leaseId: string): Promise<string | null> {
  const since = new Date(at.getTime() - CODE_DAYS * 86_400_000);
  const sealed = await newestText(deps.db, { userId, leaseId, template: 'restart_code', since });
  return sealed === null ? null : deps.encryption.decrypt(sealed);
}

/** A customer's leases: those that go on, the one that is meant first; and those that are over, newest first. */
export async function leasesOnScreen(
  { deps: { db } }: Call,
  user: UserRow,
): Promise<{ readonly going: readonly LeaseStand[]; readonly over: readonly LeaseRow[] }> {
  const rows = await listLeases(db, { customerId: user.id }, { limit: KNOWN });
  const going = rows.filter(({ status }) => !hasEnded(status)).slice(0, LEASES);
  const over = rows.filter(({ status }) => hasEnded(status)).slice(0, LEASES - going.length);
  return { going: byNeed(await leaseStands(db, going), needOf), over };
}

/** What is late of a lease, with fees; minor units. */
const lateOf = ({ row, late, position }: LeaseStand): number =>
  row.status === 'awaiting_deposit' ? 0 : late.overdue + position.feesDue;

const needOf = (stand: LeaseStand): Need => ({
  status: stand.row.status,
  late: lateOf(stand),
  daysPastDue: stand.late.daysPastDue,
  nextDueOn: stand.late.nextDue?.on ?? null,
});

/** Leases as screens tell of them. */
export async function leasesShown({ deps: { db } }: Call, rows: readonly LeaseRow[]): Promise<Lease[]> {
  const stands = await leaseStands(db, rows);
  return Promise.all(
    stands.map(async (stand) => {
      const { id, status } = stand.row;
      const isSaidGone = isOwned(status) && (await titleWaits(db, id)) !== null;
      return { ...leaseShown(stand, await vehicleOnScreen(db, stand.row)), isSaidGone };
    }),
  );
}

/** A leased vehicle as its customer calls it. */
export async function vehicleOnScreen(db: Queryable, { vehicleId }: Pick<LeaseRow, 'vehicleId'>): Promise<string> {
  const vehicle = await findVehicle(db, vehicleId);
  return vehicle === undefined ? '' : `${vehicle.make} ${vehicle.model}`;
}

function leaseShown(stand: LeaseStand, vehicle: string): Lease {
  const { row, position, late, today, ownedPercent } = stand;
  const { id, reference, status, currency, frequency, pausedUntil, instalmentsTotal: instalments } = row;
  const sum = (amount: number) => money(amount, currency);
  const isApplied = status === 'awaiting_deposit';
  return {
    id,
    reference,
    status,
    currency,
    vehicle,
    frequency,
    instalments,
    deposit: sum(isApplied ? position.depositDue : row.deposit),
    instalment: sum(row.instalment),
    total: sum(row.totalPrice),
    paid: sum(position.paid),
    outstanding: sum(position.outstanding),
    late: sum(lateOf(stand)),
    next: late.nextDue === null || hasEnded(status) ? null : { on: late.nextDue.on, amount: sum(late.nextDue.amount) },
    ownedPercent,
    disputed: sum(row.disputed),
    pausedUntil,
    today,
  };
}

/** The customer who is at the phone, and as whom he acts. @throws Problem forbidden for nobody, or one who is disabled. */
export async function customerOnPhone({ deps, phoneHash }: Call): Promise<{ user: UserRow; actor: Actor }> {
  const user = await findUserByPhone(deps.db, phoneHash);
  if (user === undefined || user.disabledAt !== null) throw new Problem('forbidden');
  return { user, actor: { role: 'customer', id: user.id } };
}

/** A lease of the customer at the phone, as the database has it. @throws Problem not_found */
export async function leaseAt(call: Call, leaseId: string): Promise<{ row: LeaseRow; user: UserRow; actor: Actor }> {
  const { user, actor } = await customerOnPhone(call);
  const row = await findLease(call.deps.db, leaseId);
  if (row === undefined || row.customerId !== user.id) throw new Problem('not_found');
  return { row, user, actor };
}
