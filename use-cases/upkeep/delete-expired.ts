import type { Logger } from '#platform/log';
import { personalData } from '../identity/all-personal-data.ts';
import type { PersonalData } from '../personal-data.ts';
import type { Sweep } from '../retention.ts';

/** How many rows or days of each were deleted. */
export type Counts = Readonly<Record<string, number>>;

const all: readonly PersonalData[] = Object.values(personalData);
const rules = all.flatMap(({ retention = {} }) => Object.entries(retention));

/**
 * Deletes what is past its retention, of every capability. What fails does not keep the rest from being done.
 *
 * @param beat is told how many there were so far, and throws when it has to end
 * @param sofar what an earlier try has told
 * @throws what failed first, when the rest is done
 */
export async function deleteExpired(
  { beat, log, ...sweep }: Omit<Sweep, 'beat'> & { readonly beat: (counts: Counts) => void; readonly log: Logger },
  sofar: Counts = {},
): Promise<Counts> {
  const counts: Record<string, number> = { ...sofar };
  const failures: unknown[] = [];
  for (const [what, remove] of rules) {
    try {
      const removed = await remove({ ...sweep, beat: () => beat(counts) });
      counts[what] = (counts[what] ?? 0) + removed;
    } catch (error) {
      log.warn({ err: error, what }, 'what is past its retention is not deleted yet');
      failures.push(error);
    }
    beat(counts);
  }
  if (failures.length > 0) throw failures[0];
  return counts;
}
