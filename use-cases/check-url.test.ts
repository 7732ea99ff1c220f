import { expect, it } from 'vitest';
import { checkUrl } from './check-url.ts';

it.each([
  ['https://8.8.8.8/hook', null, null],
  ['http://8.8.8.8/hook', 'must begin with https://', null],
  ['https://user:password@8.8.8.8/', 'must have no user and password', 'must have no user and password'],
  ['https://127.0.0.1/', 'must have a public address', null],
  ['https://localhost:4000/', 'must have a public address', null],
  ['http://localhost:4000/', 'must begin with https://', null],
  ['https://169.254.169.254/latest', 'must have a public address', 'must have a public address'],
  ['https://nobody.invalid/', null, null],
])('%s: %s, in development: %s', async (url, always, inDevelopment) => {
  const said = (allowPrivate: boolean) =>
    checkUrl(url, allowPrivate).then(
      () => null,
      (error: unknown) => (error as { errors: { message: string }[] }).errors[0]?.message,
    );
  expect([await said(false), await said(true)]).toEqual([always, inDevelopment]);
});
