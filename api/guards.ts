import { createMiddleware } from 'hono/factory';
import { z } from 'zod';
import { Problem } from '#domain/errors';
import type { ApiEnvironment } from './context.ts';

/**
 * A guard for `defineRoute`: 404 before the input is looked at, where the `{id}` in the path names
 * nothing. Where only the owner may see it, `find` gives nothing to others.
 */
export function existing(find: (id: string) => Promise<unknown>) {
  return createMiddleware<ApiEnvironment>(async (c, next) => {
    const id = z.uuid().safeParse(c.req.param('id'));
    if (!id.success || !(await find(id.data))) throw new Problem('not_found');
    await next();
  });
}
