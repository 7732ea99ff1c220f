import { WINDOW, type Sample } from './episodes.ts';
import { lastingRules } from './rules/index.ts';

type Rule = (typeof lastingRules)[number];

/** An alarm that came too late to be followed, from its first message to its last of those that came with it. */
interface LateAlarm {
  readonly rule: Rule;
  readonly first: Sample;
  readonly run: readonly Sample[];
  readonly until: number;
}

const ruleOf: ReadonlyMap<string, Rule> = new Map(lastingRules.map((rule) => [rule.type, rule]));

/**
 * What a tracker says of itself too late, since it sends its newest records first: each of its alarms, of its own time and over since.
 * What is reckoned from several messages is not: they come without what was before them.
 *
 * @param said in the order of time
 */
export function lateAlarms(
  said: readonly { readonly sample: Sample; readonly alarms: readonly string[] }[],
): LateAlarm[] {
  const found: LateAlarm[] = [];
  const types = new Set(said.flatMap(({ alarms }) => alarms));
  for (const type of types) {
    const rule = ruleOf.get(type);
    if (rule === undefined) continue;
    let run: Sample[] = [];
    const end = () => {
      const [first, last] = [run[0], run.at(-1)];
      if (first !== undefined && last !== undefined) found.push({ rule, first, run, until: last.ts });
      run = [];
    };
    for (const { sample, alarms } of said) {
      const last = run.at(-1);
      if (last !== undefined && sample.ts - last.ts > (rule.gap ?? WINDOW)) end();
      if (alarms.includes(type)) run.push(sample);
      else end();
    }
    end();
  }
  return found;
}
