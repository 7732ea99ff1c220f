/** What a session has answered to: how long the text was, and how to know it again. It may hold a PIN, and is not kept. */
export interface HeardSession {
  readonly length: number;
  isSame(text: string): boolean;
}

/** What was typed since, and how long the text is with it: the place in the text names the step. */
export interface UssdStep {
  readonly input: string;
  readonly place: number;
}

/**
 * What is new in the text of a request. The gateway sends all that was typed in a session so far, joined by `*`: what
 * comes after what was answered is one input, also where it has a `*` itself. With what a session begins, the customer
 * has dialled it with the code (`*384*7368*2#`), and each part is an input.
 *
 * @param heard null while nothing was answered
 * @returns null for a request that was answered before, or is of another session
 */
export function stepsOf(text: string, heard: HeardSession | null): readonly UssdStep[] | null {
  if (heard === null) {
    if (text === '') return [];
    let place = -1;
    return text.split('*').map((input) => ({ input, place: (place += input.length + 1) }));
  }
  const { length } = heard;
  if (text.length <= length || !heard.isSame(text.slice(0, length))) return null;
  if (length === 0) return [{ input: text, place: text.length }];
  return text[length] === '*' ? [{ input: text.slice(length + 1), place: text.length }] : null;
}
