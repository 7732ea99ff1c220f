import { z } from 'zod';
import type { Fault } from './served-document.ts';

/** An input with several things wrong, each in a field of its own. */
export interface Round<Input = unknown> {
  readonly faults: readonly Fault<Input>[];
  readonly input: Input;
}

const fieldOf = ({ path }: Fault) => path.split('.')[0] ?? '';

/** The first of each field, the second of each, and so on; what is wrong with no field that has others goes alone. */
function inRounds<Input>(faults: readonly Fault<Input>[], goesAlone: (fault: Fault<Input>) => boolean) {
  const rounds: Fault<Input>[][] = [];
  const alone: Fault<Input>[] = [];
  const taken = new Map<string, number>();
  for (const fault of faults) {
    if (goesAlone(fault)) {
      alone.push(fault);
      continue;
    }
    const at = taken.get(fieldOf(fault)) ?? 0;
    taken.set(fieldOf(fault), at + 1);
    (rounds[at] ??= []).push(fault);
  }
  return [...rounds, ...alone.map((fault) => [fault])];
}

const object = z.record(z.string(), z.unknown());

/**
 * Bodies that have each fault, as few as there may be: a refusal names every field that is wrong, so that one request
 * tells of many. `sample` is the body that the faults were made from.
 */
export function together(faults: readonly Fault[], sample: unknown): readonly Round[] {
  const good = object.safeParse(sample).data ?? {};
  const has = (input: unknown, field: string) => Object.hasOwn(object.safeParse(input).data ?? {}, field);
  const rounds = inRounds(faults, (one) => !has(one.input, fieldOf(one)) && !has(good, fieldOf(one)));
  return rounds.map((some) => {
    const [first] = some;
    if (some.length === 1) return { faults: some, input: first?.input };
    const fields = new Map(Object.entries(good));
    for (const fault of some) {
      const field = fieldOf(fault);
      if (has(fault.input, field)) fields.set(field, object.parse(fault.input)[field]);
      else fields.delete(field);
    }
    return { faults: some, input: Object.fromEntries(fields) };
  });
}

/** The same of query strings; one that needs another parameter beside it goes alone. */
export function togetherInQuery(faults: readonly Fault<string>[]): readonly Round<string>[] {
  return inRounds(faults, ({ input }) => input.includes('&')).map((some) => ({
    faults: some,
    input: some.map(({ input }) => input).join('&'),
  }));
}
