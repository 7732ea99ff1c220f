import type { MiddlewareHandler } from 'hono';
import { proxy } from 'hono/proxy';
import { Problem } from '#domain/errors';
import type { ApiEnvironment } from '../context.ts';

/**
 * The Temporal UI behind a login: whatever an admin asks goes on to `upstream`, without the cookie that it was let in by. Who
 * works there changes workflows without a use case of ours, so agents do not get in.
 *
 * @throws Problem unauthenticated, forbidden, unavailable
 */
export function temporalUi(upstream: string, cookie: string): MiddlewareHandler<ApiEnvironment> {
  return async (c) => {
    if (c.get('identity')?.role !== 'admin') throw new Problem('forbidden', 'The Temporal UI is for admins');
    const { pathname, search } = new URL(c.req.url);
    const cookies = (c.req.header('cookie') ?? '').split('; ').filter((one) => !one.startsWith(`${cookie}=`));
    const answer = await proxy(new URL(`${pathname}${search}`, upstream), {
      raw: c.req.raw,
      headers: { ...c.req.header(), authorization: undefined, cookie: cookies.join('; ') || undefined },
      redirect: 'manual',
    }).catch(() => {
      throw new Problem('unavailable', 'The Temporal UI does not answer');
    });
    // The page brings a policy of its own.
    if (!answer.headers.has('content-security-policy'))
      answer.headers.set('content-security-policy', "frame-ancestors 'none'");
    return answer;
  };
}
