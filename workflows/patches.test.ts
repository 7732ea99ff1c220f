import { expect, it } from 'vitest';
import { isCode, patchGuards, textsOf } from '#test/patch-guards';

it('every guard of the code has a recorded history that went the new way, and runs that end', () => {
  const guards = patchGuards();
  expect(guards).not.toEqual([]);
  expect(guards.filter(({ since, lives }) => since === null || lives === '')).toEqual([]);
});

/**
 * What a workflow throws that is no failure of Temporal's fails its task, which is tried again until somebody deploys other
 * code: nothing of it goes on meanwhile. A command is refused (`kit/refusal.ts`); a story opens a case and looks again.
 */
it('no workflow throws what fails its task for ever', () => {
  const throwing = [...textsOf(['workflows'], isCode)].flatMap(([path, source]) =>
    [...source.matchAll(/throw new (\w*Error|Problem)\(/g)].map(([said]) => `${path}: ${said}`),
  );
  expect(throwing).toEqual([]);
});
