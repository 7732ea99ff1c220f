import { atTheEnd, always, checkFees, positionIn, readBooks, type Books } from './checks.ts';
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
  let books: Books | null = null;
  for (const step of all) {
    world.doing = step.do;
    await take(world, step);
    books = await holds(world, JSON.stringify(step));
    const { depositDue, outstanding, feesDue } = positionIn(books);
    world.begunIn = books.row.status;
    world.owed = depositDue + outstanding + feesDue;
  }
  world.doing = '';
  if (books !== null) await checkFees(books);
  await end(world, terms);
  await atTheEnd(await holds(world, 'the end'));
}

/** @returns the books, of which every rule is so. */
async function holds(world: World, after: string): Promise<Books> {
  const books = await readBooks(world);
  for (const [rule, check] of Object.entries(always)) {
    try {
      check(books);
    } catch (error) {
      throw new Error(`after ${after}: it is not so that ${rule}`, { cause: error });
    }
  }
  return books;
}
