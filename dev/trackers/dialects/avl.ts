import { createHash } from 'node:crypto';
import type { AvlRecord } from './codec8.ts';
import type { Position } from './dialect.ts';

/** What every Teltonika codec says beside the place: AVL ids of the unit's manual, their bytes and values. */
export function avlValues(position: Position): NonNullable<AvlRecord['values']> {
  const { ignition, speedKph, output1, externalMv, batteryMv, odometerKm, alarms } = position;
  return [
    [239, 1, Number(ignition)],
    [240, 1, Number(speedKph > 0)],
    [179, 1, Number(output1)],
    [66, 2, externalMv],
    [67, 2, batteryMv],
    [16, 4, Math.round(odometerKm * 1_000)],
    ...(alarms === undefined ? [] : [[252, 1, 1] as const]),
  ];
}

/** The IMEI of the unit in a vehicle: of the range for tests, which no unit that was sold has. */
export function imeiOf(vehicleId: string): string {
  const hash = createHash('sha256').update(vehicleId).digest();
  const digits = [0, 0, ...hash.subarray(0, 12).map((byte) => byte % 10)];
  // Luhn's: every second digit counts twice.
  const twice = digits.map((digit, index) => (index % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)));
  return [...digits, (10 - (twice.reduce((sum, one) => sum + one, 0) % 10)) % 10].join('');
}
