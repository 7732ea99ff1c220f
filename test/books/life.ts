import { atTheEnd, always, checkFees, readBooks } from './checks.ts';
import { end, take } from './deeds.ts';
import { untroubled, type Life, type Step } from './lives.ts';
import { born } from './born.ts';
import type { Stage } from './stage.ts';
import { World } from './world.ts';

/** Lives one life, and looks at its books after each step and at its end. */
export async function live(stage: Stage, { begins, steps, ...terms }: Life): Promise<void> {
  const world = new World(stage, terms);
  await born(world);
  const all: Step[] = begins
    ? [
        { do: 'charge', sum: null, claims: ['paid'], pending: false, ...untroubled },
        { do: 'hand over', ...untroubled },
        ...steps,
      ]
    : [...steps];
  for (const step of all) {
    await take(world, step);
    await holds(world, JSON.stringify(step));
  }
  await checkFees(await readBooks(world));
  await end(world, terms);
  await holds(world, 'the end');
  await atTheEnd(await readBooks(world));
}

async function holds(world: World, after: string): Promise<void> {
  const books = await readBooks(world);
  for (const [rule, check] of Object.entries(always)) {
    try {
      check(books);
    } catch (error) {
      throw new Error(`after ${after}: it is not so that ${rule}`, { cause: error });
    }
  }
}
