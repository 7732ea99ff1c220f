import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Problem } from '../errors.ts';
import { refuseMove, vehicleMoves, type Mover } from './states.ts';
import { vehicleStatuses } from './vehicle.ts';

/** Who may move from the row to the column; `-` where nobody may. */
const written = `
            available reserved leased maintenance sold retired
available   =         lease    -      staff       -    staff
reserved    lease     =        lease  admin       -    admin
leased      -         -        =      lease       lease lease
maintenance staff     -        -      =           lease staff
sold        -         -        -      -           =    -
retired     admin     -        -      -           -    =`;
const [head = [], ...rows] = written
  .trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const cells = rows.flatMap(([from = '', ...row]) => row.map((by, i) => ({ from, to: head[i] ?? '', by })));
const movers: Readonly<Record<string, readonly Mover[]>> = {
  '-': [],
  '=': ['agent', 'admin', 'lease'],
  lease: ['lease'],
  staff: ['agent', 'admin'],
  admin: ['admin'],
};
const known = (status: string) => vehicleStatuses.find((one) => one === status) ?? 'sold';

describe('the states of a vehicle', () => {
  it('are all in the table', () => {
    expect(head).toEqual(vehicleStatuses);
    expect(cells).toHaveLength(vehicleStatuses.length ** 2);
  });

  it.each(cells)('$from to $to is for $by', ({ from, to, by }) => {
    for (const mover of ['agent', 'admin', 'lease'] as const) {
      const move = () => refuseMove(known(from), known(to), mover);
      if (movers[by]?.includes(mover) === true) expect(move).not.toThrow();
      else expect(move).toThrow(Problem);
    }
  });

  it('are documented as they are', () => {
    const page = readFileSync(new URL('../../docs/vehicles.md', import.meta.url), 'utf8');
    for (const { from, to, when } of vehicleMoves)
      expect(page).toMatch(new RegExp(`\\| ${from} *\\| ${to} *\\|.*${when}`));
  });
});
