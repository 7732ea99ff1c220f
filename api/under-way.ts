import { z } from '@hono/zod-openapi';
import type { UnderWay } from '#steering/under-way';

/** What a caller is told of it. */
export const underWay = z
  .object({
    status: z.literal('under_way'),
    lookAt: z.string().openapi({ description: 'Where the outcome will be seen; the Location of the answer too' }),
    detail: z.string(),
  })
  .openapi('UnderWay');

export const underWayAnswer = ({ lookAt }: UnderWay): z.infer<typeof underWay> => ({
  status: 'under_way',
  lookAt,
  detail: 'It takes longer. Look there, or send the same again with the same Idempotency-Key for its result.',
});
