/** Fields of one object, items of one list and levels that are shown. */
const MOST = 40;
const DEEPEST = 6;

/**
 * What a payload looks like, without a value of it: names, lengths and kinds. For people who find out why it was not
 * understood; what it says of somebody stays where it is.
 */
export function redacted(text: string): unknown {
  try {
    return shapeOf(JSON.parse(text), 0);
  } catch {
    return `no JSON, ${text.length} characters`;
  }
}

function shapeOf(value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return `text, ${value.length} characters`;
  if (typeof value !== 'object') return typeof value;
  if (depth === DEEPEST) return '…';
  if (Array.isArray(value)) return value.slice(0, MOST).map((item) => shapeOf(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST)
      // A name that is long, or has digits, may be a value.
      .map(([name, of]) => [/^[A-Za-z_-]{1,30}\d?$/.test(name) ? name : '…', shapeOf(of, depth + 1)]),
  );
}
