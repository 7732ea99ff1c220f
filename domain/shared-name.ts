/**
 * Whether two names may be of one person: they have a word in common, in any order, whatever the marks, capitals and apostrophes.
 * People sign with one name of several, so that more is not asked.
 */
export function sharesName(one: string, other: string): boolean {
  const words = new Set(namesIn(one));
  return namesIn(other).some((word) => words.has(word));
}

const namesIn = (name: string): readonly string[] =>
  name
    .normalize('NFKD')
    .replaceAll(/[\p{M}'’‘ʼ`]/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]{2,}/gu) ?? [];
