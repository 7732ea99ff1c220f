import type { VehicleRow } from '#db/queries/vehicles';
import { money } from '#domain/money';
import { emit, type Context } from '../context.ts';

/** Tells that the catalogue shows something else of a vehicle. Whatever writes one says so: answers that are kept go by it. */
export async function tellChange(context: Context, row: VehicleRow): Promise<void> {
  const { id, type, market, status } = row;
  const price = money(row.price, row.currency);
  await emit(context, {
    type: 'vehicle.changed',
    subject: id,
    data: { vehicleId: id, type, market, status, price },
  });
}
