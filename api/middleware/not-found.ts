import type { Hono, NotFoundHandler } from 'hono';
import { Problem } from '#domain/errors';
import type { ApiEnvironment } from '../context.ts';
import { answerProblem } from './problem.ts';

/** 405 with `Allow` where the path exists with other methods, else 404. */
export function notFound(app: Pick<Hono<ApiEnvironment>, 'routes'>): NotFoundHandler<ApiEnvironment> {
  let known: readonly { readonly method: string; readonly pattern: RegExp }[] | undefined;
  return (c) => {
    known ??= app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => ({ method, pattern: patternOf(path) }));
    const methods = new Set(known.filter(({ pattern }) => pattern.test(c.req.path)).map(({ method }) => method));
    if (methods.size === 0) return answerProblem(c, new Problem('not_found', 'There is no such route'));
    if (methods.has('GET')) methods.add('HEAD');
    c.header('allow', [...methods].sort().join(', '));
    return answerProblem(c, new Problem('method_not_allowed', `This route takes ${[...methods].sort().join(', ')}`));
  };
}

/** `/v1/leases/:id` as a regular expression; a constraint in braces and a trailing `*` are understood. */
function patternOf(path: string): RegExp {
  const segments = path.split('/').map((segment) => {
    if (segment === '*') return '.*';
    return segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${segments.join('/')}$`);
}
