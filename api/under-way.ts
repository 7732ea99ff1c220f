import { z } from '@hono/zod-openapi';

/** A command that goes on when its caller has waited long enough: an answer of its own, with 202. */
export class UnderWay extends Error {
  override readonly name = 'UnderWay';
  /** Path of the object that the command changes. */
  readonly lookAt: string;

  constructor(lookAt: string) {
    super('the command goes on');
    this.lookAt = lookAt;
  }
}

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
