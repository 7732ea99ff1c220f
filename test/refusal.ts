import { ApiError } from '#dev/client';

/** How a request was refused: its status, its code and the fields that it names; what it did otherwise, where it was not. */
export async function refusal(request: Promise<unknown>): Promise<unknown> {
  const error: unknown = await request.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ApiError ? [error.status, error.code, ...error.errors.map(({ path }) => path)] : error;
}
