import { isUtf8 } from 'node:buffer';
import { createMiddleware } from 'hono/factory';
import { Problem, wrongInput, type FieldError } from '#domain/errors';
import { isStorable, unstorable } from '#domain/text';
import type { ApiEnvironment } from '../context.ts';

/** More of them than anybody reads. */
const MOST_NAMED = 20;

/**
 * Refuses text that no database takes, wherever it stands in a request: half of a surrogate pair, bytes that
 * are not UTF-8, U+0000. 400 names the parameter, field or key; what names nothing in the path is 404.
 *
 * @param body what the route reads
 */
export function wellFormed(body: 'json' | 'form' | 'none') {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    if (!Object.values<string>(c.req.param()).every(isStorable)) throw new Problem('not_found');
    const { search } = new URL(c.req.url);
    refuse(unstorableParameters(search.slice(1)));
    if (body === 'json') refuse(unstorable(parsed(textOf(new Uint8Array(await c.req.arrayBuffer())))));
    // What is no form is refused where its fields are read.
    if (body === 'form') refuse(unstorable(named(await c.req.parseBody().catch(() => ({})))));
    await next();
  });
}

/** Bytes as text. What is not UTF-8 becomes half a surrogate pair, and so is found where it stands. */
function textOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  return isUtf8(bytes) ? text : text.replaceAll('\uFFFD', '\uD800');
}

/** Undefined for what is no JSON: that is refused where it is read. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** A form with the name of each file in place of its content. */
function named(form: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(
    Object.entries(form).map(([name, value]) => [name, value instanceof File ? value.name : value]),
  );
}

function unstorableParameters(search: string): Generator<string> {
  const byte = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
  const plain = (part: string) => textOf(Buffer.from(part.replaceAll(/%([\da-f]{2})/gi, byte), 'latin1'));
  const pairs = search.split('&').map((pair): [string, string] => {
    const [name = '', ...value] = pair.split('=');
    return [plain(name), plain(value.join('='))];
  });
  return unstorable(Object.fromEntries(pairs));
}

function refuse(paths: Iterable<string>): void {
  const errors: FieldError[] = [];
  for (const path of paths) {
    errors.push({ path: path === '' ? 'body' : path, message: 'must be well-formed Unicode without U+0000' });
    if (errors.length === MOST_NAMED) break;
  }
  if (errors.length > 0) throw wrongInput(errors);
}
