import { lastingRules } from './rules/index.ts';

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, '');
const typeOf = new Map(lastingRules.flatMap(({ type, words = [] }) => words.map((word) => [plain(word), type])));

/** The risk types of a tracker's alarms, by Traccar's names, in any spelling; others are none of ours. */
export function alarmTypes(names: readonly string[]): string[] {
  const found = names.map((name) => typeOf.get(plain(name)));
  return [...new Set(found.filter((type) => type !== undefined))].sort();
}
