import { Problem } from '../errors.ts';
import { staff, type Actor } from '../identity/roles.ts';
import type { VehicleStatus } from './vehicle.ts';

/** Who moves a vehicle: staff by their role, or its lease, whoever gave that its command. */
export type Mover = 'agent' | 'admin' | 'lease';

interface Move {
  readonly from: VehicleStatus;
  readonly to: VehicleStatus;
  readonly by: readonly Mover[];
  readonly when: string;
}

const lease = ['lease'] as const;
const admin = ['admin'] as const;

/** Every change of a vehicle's state that there is. Of `sold` there is none: it is its customer's. */
export const vehicleMoves: readonly Move[] = [
  { from: 'available', to: 'reserved', by: lease, when: 'a customer takes an offer, or a vehicle in exchange' },
  { from: 'available', to: 'maintenance', by: staff, when: 'it is made ready, repaired or not shown' },
  { from: 'available', to: 'retired', by: staff, when: 'it leaves the fleet' },
  { from: 'reserved', to: 'available', by: lease, when: 'the application ends before the handover, and nobody waits' },
  { from: 'reserved', to: 'leased', by: lease, when: 'it is handed over' },
  {
    from: 'reserved',
    to: 'maintenance',
    by: admin,
    when: 'nobody holds it, some wait for it: they are told that it is gone',
  },
  { from: 'reserved', to: 'retired', by: admin, when: 'nobody holds it, as to maintenance' },
  { from: 'leased', to: 'sold', by: lease, when: 'the last payment is in, or it is settled early' },
  { from: 'leased', to: 'maintenance', by: lease, when: 'it is returned, repossessed or exchanged' },
  { from: 'leased', to: 'retired', by: lease, when: 'it is written off with its lease' },
  { from: 'maintenance', to: 'available', by: staff, when: 'it is ready' },
  {
    from: 'maintenance',
    to: 'sold',
    by: lease,
    when: 'it was taken back, and its customer has redeemed it or it is sold to somebody else',
  },
  { from: 'maintenance', to: 'retired', by: staff, when: 'it leaves the fleet' },
  {
    from: 'retired',
    to: 'available',
    by: admin,
    when: 'it was written off with its lease and is found; with a reason',
  },
];

/**
 * Refuses a change that is not in the table. What stays as it is, is none.
 *
 * @throws Problem invalid_state; forbidden for what only another role of staff may do.
 */
export function refuseMove(from: VehicleStatus, to: VehicleStatus, by: Mover): void {
  if (from === to) return;
  const move = vehicleMoves.find((one) => one.from === from && one.to === to);
  if (move?.by.includes(by) === true) return;
  const isForStaff = move !== undefined && by !== 'lease' && move.by.some((one) => one !== 'lease');
  if (isForStaff) throw new Problem('forbidden', `The vehicle is ${from}: this is for ${move.by.join(' or ')}`);
  throw new Problem('invalid_state', `The vehicle is ${from}`);
}

/** Whoever is no staff moves a vehicle by its lease alone. */
export const moverOf = ({ role }: Actor): Mover => (role === 'agent' || role === 'admin' ? role : 'lease');
