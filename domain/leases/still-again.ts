import { daysBetween, type LocalDate } from '../calendar.ts';
import { lateBefore, moveUnpaid, takeDaysBack, type StillFor } from './pause.ts';
import type { ScheduleLine } from './position.ts';
import { matured } from './settlement.ts';

/** A time in which a lease was still, with the versions of its schedule by which it moved that: as it began, and as it ended early. */
export interface StillTime {
  readonly kind: StillFor;
  readonly from: LocalDate;
  readonly until: LocalDate;
  readonly resumedOn: LocalDate | null;
  readonly version: number | null;
  readonly resumedVersion: number | null;
}

/** Another schedule of the same lease, moved as those times have moved its schedule since a version. */
export function stillAgain(
  lines: readonly ScheduleLine[],
  times: readonly StillTime[],
  { since, graceDays }: { readonly since: number; readonly graceDays: number },
): readonly ScheduleLine[] {
  const moves = times.flatMap(({ kind, from, until, resumedOn, version, resumedVersion }) => {
    const late = lateBefore(kind, from, graceDays);
    const put = (all: readonly ScheduleLine[]) =>
      moveUnpaid(matured(all, from), daysBetween(from, until), { today: from, from: late });
    const back = (all: readonly ScheduleLine[]) =>
      resumedOn === null ? all : takeDaysBack(all, daysBetween(resumedOn, until), { today: resumedOn, from: late });
    return [
      { by: version ?? 0, move: put },
      { by: resumedVersion ?? 0, move: back },
    ];
  });
  const isSince = ({ by }: { readonly by: number }) => by > since;
  return moves
    .filter(isSince)
    .toSorted((a, b) => a.by - b.by)
    .reduce((all: readonly ScheduleLine[], { move }) => move(all), lines);
}
