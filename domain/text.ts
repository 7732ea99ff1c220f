/** What a character becomes that cannot be kept. */
const REPLACEMENT = '\uFFFD';

/** True for text that databases and JSON can hold: well-formed Unicode without U+0000. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

/** Text of somebody who cannot be asked to say it again, as far as it can be kept. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', REPLACEMENT);
}

/** How deep JSON of others may be nested. Theirs is by a handful; what recurses ends a process at some thousands. */
const DEEPEST = 100;

/** True for JSON that is nested more deeply than anything that we are told; it need not be whole. */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at];
    if (isText) {
      if (character === '\\') at += 1;
      else if (character === '"') isText = false;
    } else if (character === '"') isText = true;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/**
 * JSON of somebody who cannot be asked to say it again: every string and key of it can be kept. What gateways are known to write
 * wrong is read as it was meant (`mended`).
 *
 * @throws SyntaxError when it is none, or too deep.
 */
export function storableJson(json: string): unknown {
  if (isTooDeep(json)) throw new SyntaxError('JSON that is nested too deeply');
  try {
    return parsed(json);
  } catch (error) {
    const anew = mended(json);
    if (anew === json || isTooDeep(anew)) throw error;
    return parsed(anew);
  }
}

/**
 * JSON without the mark before it and the NULs around it, whose strings have neither raw control characters nor escapes that
 * there are none of, such as an escaped apostrophe of M-Pesa's gateway (github.com/paymentsds/mpesa-python-sdk/issues/8).
 */
function mended(json: string): string {
  return json
    .replaceAll(/^[\uFEFF\0\s]+|[\0\s]+$/gu, '')
    .replaceAll(/"(?:[^"\\]|\\.)*"/gsu, (text) =>
      text
        .replaceAll(/\\(?:["\\/bfnrt]|u[\da-fA-F]{4}|(.))/gsu, (escape: string, other?: string) => other ?? escape)
        .replaceAll(/\p{Cc}/gu, (raw) => `\\u${raw.charCodeAt(0).toString(16).padStart(4, '0')}`),
    );
}

function parsed(json: string): unknown {
  return JSON.parse(json, (_, value: unknown) => {
    if (typeof value === 'string') return storable(value);
    if (typeof value !== 'object' || value === null || Object.keys(value).every(isStorable)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, of]): [string, unknown] => [storable(key), of]));
  });
}

/**
 * The places in a value made of JSON where text cannot be kept, dotted; of a key that cannot, the key.
 * It goes as deep as the value does.
 */
export function* unstorable(value: unknown): Generator<string> {
  const open: (readonly [path: string, value: unknown])[] = [['', value]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, of] = next;
    if (typeof of === 'string' && !isStorable(of)) yield path;
    if (typeof of !== 'object' || of === null) continue;
    for (const [key, inner] of Object.entries(of)) {
      const place = path === '' ? key : `${path}.${key}`;
      if (isStorable(key)) open.push([place, inner]);
      else yield storable(place);
    }
  }
}
