import { z } from 'zod';
import { badMpesaField, mpesaBody } from './mpesa-answers.ts';
import type { routes, Simulator } from './simulator.ts';
import { fits } from './tokens.ts';

/** Safaricom refuses URLs that contain these words. */
const forbidden = /mpesa|m-pesa|safaricom|query/i;

const url = z.url({ protocol: /^https?$/ }).refine((text) => !forbidden.test(text));
const body = z.object({
  ShortCode: z.union([z.string(), z.number()]).transform(String),
  ResponseType: z.enum(['Completed', 'Cancelled', 'Canceled']),
  ConfirmationURL: url,
  ValidationURL: url.optional(),
});

/** Registration of the URLs that hear of pay-bill payments; later ones replace earlier ones. */
export function registerC2b(app: ReturnType<typeof routes>, { store, settings, random }: Simulator): void {
  app.post('/c2b/:version{v[12]}/registerurl', async (c) => {
    const asked = await mpesaBody(c, body);
    if (asked instanceof Response) return asked;
    if (!fits(settings.MPESA_SHORTCODE, asked.ShortCode)) return badMpesaField('ShortCode');
    await store.add({
      type: 'inboundUrl',
      provider: 'mpesa',
      url: asked.ConfirmationURL,
      validationUrl: asked.ValidationURL ?? null,
      completesUnanswered: asked.ResponseType === 'Completed',
    });
    return c.json({
      OriginatorCoversationID: random.uuid('register', asked.ConfirmationURL),
      ResponseCode: '0',
      ResponseDescription: 'Success',
    });
  });
}
