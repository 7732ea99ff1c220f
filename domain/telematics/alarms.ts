import { WINDOW } from './episodes.ts';
import { lastingRules } from './rules/index.ts';

const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, '');
const typeOf = new Map(lastingRules.flatMap(({ type, words = [] }) => words.map((word) => [plain(word), type])));

/** A tracker's words for a risk, without case and anything but letters; and milliseconds of silence after which it is another. */
export function alarmOf(type: string): { readonly words: readonly string[]; readonly gap: number } {
  const rule = lastingRules.find((one) => one.type === type);
  return { words: (rule?.words ?? []).map(plain), gap: rule?.gap ?? WINDOW };
}

/** The risk types of a tracker's alarms, by Traccar's names, in any spelling; others are none of ours. */
export function alarmTypes(names: readonly string[]): string[] {
  const found = names.map((name) => typeOf.get(plain(name)));
  return [...new Set(found.filter((type) => type !== undefined))].sort();
}
