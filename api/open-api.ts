/** What the OpenAPI document says beside the routes. */
export const openApiInfo = {
  openapi: '3.1.0',
  servers: [{ url: '/' }],
  info: {
    title: 'Rent-to-own mobility marketplace',
    version: '1',
    description:
      'Errors are application/problem+json with a `code` of a closed list. Money is whole minor units with its currency. ' +
      'Times are UTC, ISO 8601. Every POST that creates or pays takes an Idempotency-Key, kept for 24 hours.',
  },
};

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token of /v1/auth/otp/verify, /v1/auth/login or /v1/auth/refresh',
  },
} as const;
