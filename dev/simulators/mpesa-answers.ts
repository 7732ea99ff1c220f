import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { z } from 'zod';
import { jsonOrUndefined } from './problem.ts';
import type { Environment, Simulator } from './simulator.ts';
import { acceptsToken } from './tokens.ts';

let requests = 0;

/** One of Daraja's synchronous errors. */
export function mpesaError(status: number, errorCode: string, errorMessage: string): Response {
  return Response.json({ requestId: `${process.pid}-${++requests}-1`, errorCode, errorMessage }, { status });
}

export const badMpesaField = (field: string) => mpesaError(400, '400.002.02', `Bad Request - Invalid ${field}`);

/** The request was not taken: too many at once. */
export const spikeArrest = (status = 500) => mpesaError(status, '500.003.02', 'Error Occurred: Spike Arrest Violation');

/** Lets through who has a token of ours. */
export function authorisedForMpesa({ tokenKey }: Simulator) {
  return createMiddleware<Environment>(async (c, next) =>
    acceptsToken(tokenKey, 'mpesa', c.req.header('authorization'), Date.now())
      ? next()
      : mpesaError(401, '404.001.03', 'Invalid Access Token'),
  );
}

/** The request's body, or Daraja's error that names the first wrong field. */
export async function mpesaBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema> | Response> {
  const parsed = schema.safeParse(await jsonOrUndefined(c));
  return parsed.success ? parsed.data : badMpesaField(String(parsed.error.issues[0]?.path[0] ?? 'request body'));
}

/**
 * The merchant's id of the payment, for which Daraja has no field: the callback URL's query parameter
 * `reference`, else the first UUID in the URL.
 */
export function merchantReference(url: string): string | undefined {
  const named = new URL(url).searchParams.get('reference');
  return named ?? /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i.exec(url)?.[0];
}
