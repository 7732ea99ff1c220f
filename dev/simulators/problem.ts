import type { Context } from 'hono';
import type { z } from 'zod';

/** A refusal of one of the simulator's own routes, answered as problem details (RFC 9457). */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly errors: readonly { path: string; message: string }[];

  constructor(status: number, code: string, detail: string, errors: Problem['errors'] = []) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  toResponse(): Response {
    const body = {
      type: 'about:blank',
      title: this.code.replaceAll('_', ' '),
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.errors.length > 0 && { errors: this.errors }),
    };
    return new Response(JSON.stringify(body), {
      status: this.status,
      headers: { 'content-type': 'application/problem+json' },
    });
  }
}

/** The problem of one wrong field. */
export function badField(path: string, message: string): Problem {
  return new Problem(400, 'invalid_input', `${path}: ${message}`, [{ path, message }]);
}

/** A value that fits `schema`. @throws Problem naming every field that does not. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...issue.path, key].join('.'), message: 'is not a field of this request' }))
      : [{ path: issue.path.join('.'), message: issue.message }],
  );
  throw new Problem(400, 'invalid_input', errors.map(({ path, message }) => `${path}: ${message}`).join('; '), errors);
}

/** The request's JSON body. @throws Problem when it is not JSON. */
export async function jsonBody(c: Context): Promise<unknown> {
  try {
    return await c.req.json<unknown>();
  } catch {
    throw new Problem(400, 'invalid_json', 'The body is not JSON.');
  }
}

/** The request's JSON body, or undefined: providers have their own way to say that it is none. */
export async function jsonOrUndefined(c: Context): Promise<unknown> {
  try {
    return await c.req.json<unknown>();
  } catch {
    return undefined;
  }
}
