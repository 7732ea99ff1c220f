import { createRoute, OpenAPIHono, z, type RouteConfig } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { Problem } from '#domain/errors';
import type { Role } from '#domain/identity/roles';
import type { ApiEnvironment } from './context.ts';
import type { ApiDependencies } from './dependencies.ts';
import { authorise } from './middleware/authenticate.ts';
import { contentType, limitBody, nothingIsEmpty } from './middleware/body.ts';
import { idempotent } from './middleware/idempotent.ts';
import { invalidInput } from './middleware/problem.ts';
import { wellFormed } from './middleware/well-formed.ts';
import { problem } from './schemas.ts';
import { underWay } from './under-way.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Status = 200 | 201 | 202 | 204;

/** What Hono's types need to know of a route; errors are problems and leave by `onError`. */
type TypedRoute<
  P extends string,
  S extends Status,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> = {
  method: Method;
  path: P;
  getRoutingPath(): string;
  request: {
    params: Params;
    query: Query;
    body: { content: { 'application/json': { schema: Body } }; required: true };
  };
  responses: {
    [K in S]: S extends 204
      ? { description: string }
      : { description: string; content: { 'application/json': { schema: Answer } } };
  };
};

interface RouteOptions<
  P extends string,
  S extends Status,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
  readonly method: Method;
  readonly path: P;
  readonly summary: string;
  readonly tag: string;
  /** `public` needs no token. */
  readonly roles: readonly Role[] | 'public';
  /** For POSTs: `required` where money moves. */
  readonly idempotency?: 'required' | 'optional';
  /** Staff say why they look, in the header X-Reason (`telematics/looking.ts`). */
  readonly looks?: true;
  /** Refuses before the input is validated: 404 for an object that is not the caller's. */
  readonly guard?: MiddlewareHandler<ApiEnvironment>;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  /** Reads a multipart form instead of JSON. */
  readonly multipart?: boolean;
  readonly status: S;
  /** Another status that the same answer may come with. */
  readonly orElse?: S;
  /** It is answered by a workflow, which may take longer than its caller waits: then it is 202 `UnderWay`. */
  readonly goesOn?: true;
  readonly answer: Answer;
}

export { adminOnly, everybody, staff } from '#domain/identity/roles';
export const nothing = z.object({});

/**
 * A route: who may call it, what it takes, what it answers. The order of checks is the same everywhere:
 * 401, 403, 404 (the guard), then the content type, the key and the input.
 */
export function defineRoute<
  const P extends string,
  const S extends Status,
  Answer extends z.ZodType,
  Params extends z.ZodObject = typeof nothing,
  Query extends z.ZodObject = typeof nothing,
  Body extends z.ZodType = typeof nothing,
>(
  deps: ApiDependencies,
  options: RouteOptions<P, S, Params, Query, Body, Answer>,
): TypedRoute<P, S, Params, Query, Body, Answer> {
  const { method, path, summary, tag, roles, params, query, body, status, answer, multipart = false } = options;
  const middleware: MiddlewareHandler[] = [];
  if (roles !== 'public') middleware.push(authorise(...roles));
  if (options.guard !== undefined) middleware.push(options.guard);
  if (body !== undefined)
    middleware.push(
      ...(multipart
        ? [contentType('multipart/form-data'), limitBody('upload')]
        : [limitBody('json'), ...(method === 'post' ? [nothingIsEmpty] : []), contentType('application/json')]),
    );
  if (options.idempotency !== undefined) middleware.push(idempotent(deps, options.idempotency));
  middleware.push(wellFormed(body === undefined ? 'none' : multipart ? 'form' : 'json'));
  const content =
    body === undefined
      ? undefined
      : {
          content: { [multipart ? 'multipart/form-data' : 'application/json']: { schema: body } },
          required: multipart || method !== 'post' || !body.safeParse({}).success,
        };
  const done =
    status === 204
      ? { description: 'Done' }
      : { description: 'Done', content: { 'application/json': { schema: answer } } };
  const failure = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: problem } },
  });
  const isLenient = query === undefined && (options.tag === 'callbacks' || method === 'get');
  const route = createRoute({
    method,
    path,
    summary,
    tags: [tag],
    middleware,
    ...(roles === 'public' ? {} : { security: [{ bearer: [] }], 'x-roles': [...roles] }),
    request: {
      ...(params === undefined ? {} : { params }),
      // An unknown parameter is refused, as an unknown field is; but not where others append their own to what they call or share.
      ...(isLenient ? {} : { query: (query ?? nothing).strict() }),
      ...headersOf(options),
      ...(content === undefined ? {} : { body: content }),
    },
    responses: {
      [status]: done,
      ...(options.orElse === undefined ? {} : { [options.orElse]: done }),
      ...(options.goesOn === undefined ? {} : { 202: goesOn(status === 202 ? answer : null) }),
      ...(roles === 'public' ? {} : { 401: failure('No valid token'), 403: failure('The role may not do this') }),
      default: failure('What went wrong, with its code'),
    },
  } satisfies RouteConfig);
  return typed<P, S, Params, Query, Body, Answer>(route);
}

/** What a command answers that takes longer than its caller waits; `or` where 202 is its usual answer too. */
const goesOn = (or: z.ZodType | null) => ({
  description: 'It goes on: `Location` says where to look, and the same Idempotency-Key gives its result',
  content: { 'application/json': { schema: or === null ? underWay : z.union([or, underWay]) } },
});

const aKey = z.string().openapi({
  description: 'The same key with the same body gives the first answer again, for 24 hours',
  example: '6f1f2d7e-4a0b-4f8e-9a55-0c8b2f3f8f11',
});
const keyHeader = (need: 'required' | 'optional') =>
  z.object({ 'idempotency-key': need === 'required' ? aKey : aKey.optional() });

/** What is said beside the input: a key, a reason to look. */
function headersOf({ idempotency, looks }: { readonly idempotency?: 'required' | 'optional'; readonly looks?: true }) {
  const key = idempotency === undefined ? z.object({}) : keyHeader(idempotency);
  if (looks !== undefined) return { headers: key.extend(reasonHeader.shape) };
  return idempotency === undefined ? {} : { headers: key };
}

const reasonHeader = z.object({
  'x-reason': z.string().optional().openapi({
    description: 'Why staff look: the customer who has the vehicle sees it (`GET /v1/me/location-views`)',
    example: 'does not answer, 20 days past due',
  }),
});

/** The compiler cannot follow the optional parts of the route above; they are as the options say. */
function typed<
  P extends string,
  S extends Status,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(route: RouteConfig & { getRoutingPath(): string }) {
  const known: unknown = route;
  return known as TypedRoute<P, S, Params, Query, Body, Answer>;
}

/** A router whose validation errors are problems. */
export function router(): OpenAPIHono<ApiEnvironment> {
  return new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (result.success) return;
      // What is no id names nothing.
      throw result.target === 'param' ? new Problem('not_found') : invalidInput(result.error);
    },
  });
}
