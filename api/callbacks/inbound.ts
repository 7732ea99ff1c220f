import { z } from '@hono/zod-openapi';
import { providerOfSecret } from '#use-cases/payments/inbound/inbound-secret';
import { hasOpenClaim } from '#db/queries/cases';
import { payableLeases } from '#db/queries/kept-vehicles';
import { leaseByReference } from '#db/queries/leases';
import { Problem } from '#domain/errors';
import { hasEnded, isApplication } from '#domain/leases/status';
import { marketRules, type PaymentProvider } from '#domain/markets';
import { normalReference } from '#domain/payments/suggestions';
import type { ApiDependencies } from '../dependencies.ts';
import { found } from '../guards.ts';
import { limitBody } from '../middleware/body.ts';
import { defineRoute, router } from '../route.ts';
import { takeAnnouncement } from './unread.ts';

const answer = z.looseObject({});

/**
 * Where providers announce payments that customers make by themselves. The path's last part is a secret of
 * one provider: a wrong one is 404. An announcement is kept before it is acknowledged, and asked about
 * before anything is booked. What cannot be read is kept as a dead letter: nobody says it again after a refusal.
 */
export function inboundCallbackRoutes(deps: ApiDependencies) {
  const app = router();
  const params = z.object({ secret: z.string().min(16).max(200) });
  const providerOf = (secret: string): PaymentProvider => {
    const provider = providerOfSecret(deps.encryption, secret);
    if (provider === null) throw new Problem('not_found');
    return provider;
  };
  const common = { tag: 'callbacks', roles: 'public', guard: limitBody('json'), params, status: 200, answer } as const;

  for (const method of ['post', 'put'] as const) {
    app.openapi(
      defineRoute(deps, {
        ...common,
        method,
        path: '/callbacks/inbound/{secret}',
        summary: 'A provider announces a payment that a customer made by himself',
      }),
      async (c) => {
        const name = providerOf(c.req.valid('param').secret);
        await takeAnnouncement(deps, name, await c.req.text());
        return c.json({ ...deps.mobileMoney.get(name).payBill?.answer('accepted') }, 200);
      },
    );
  }
  app.openapi(
    defineRoute(deps, {
      ...common,
      method: 'post',
      path: '/callbacks/inbound/{secret}/validation',
      summary: 'M-Pesa asks whether a payment is wanted, before it is made',
    }),
    async (c) => {
      const name = providerOf(c.req.valid('param').secret);
      const payBill = found(deps.mobileMoney.get(name).payBill);
      const question = payBill.question(await c.req.text());
      if ('refused' in question) return c.json({ ...payBill.answer(question.refused) }, 200);
      // What names no lease is taken, since an agent finds its owner, and what names an application, for which it waits; one
      // that is over and has nothing in dispute, and of which nobody from before owes anything, or is elsewhere, is not paid here.
      const lease = await leaseByReference(deps.db, normalReference(question.account));
      const isWanted =
        lease === undefined ||
        (marketRules(lease.market).providers.includes(name) &&
          (isApplication(lease.status) ||
            (await payableLeases(deps.db, [lease])).has(lease.id) ||
            (hasEnded(lease.status) && (await hasOpenClaim(deps.db, lease.id)))));
      return c.json({ ...payBill.answer(isWanted ? 'accepted' : 'account') }, 200);
    },
  );
  return app;
}
