import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Config } from '#platform/config';
import { ownDirectory } from '#test/directory';
import { recordingKeys } from '#test/histories';
import { cast, leaseIn, newCustomer } from '#test/people';
import { startTestPlatform, type TestPlatform } from '#test/platform';
import { visibilityCaughtUp } from '#test/visibility';
import {
  historiesOfFiles,
  historiesOfServer,
  keeping,
  replayHistories,
  type NamedHistory,
} from './replay-histories.ts';

let platform: TestPlatform;
let directory: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  directory = await ownDirectory('histories');
});
afterAll(async () => {
  await platform.close();
  rmSync(directory, { recursive: true, force: true });
});

async function failures(config: Config, histories: AsyncIterable<NamedHistory>) {
  const found: Record<string, string | null> = {};
  for await (const { workflowId, failure } of replayHistories(config, histories)) found[workflowId] = failure;
  return found;
}

it('what runs on a server, encrypted as it is, is replayed from there and from where it was kept', async () => {
  const { id } = await leaseIn('offered', await newCustomer(platform), await cast(platform));
  await visibilityCaughtUp(platform.temporal);
  const { config, temporal } = platform;
  const fetched = keeping(directory, historiesOfServer(temporal, config, { each: 5 }));
  const found = await failures(config, fetched);
  expect(Object.keys(found)).toContain(`lease-${id}`);
  expect(Object.values(found).filter((failure) => failure !== null)).toEqual([]);

  const kept = readdirSync(directory).map((name) => name.replace('.json', ''));
  expect(kept.toSorted()).toEqual(Object.keys(found).toSorted());
  const path = join(directory, `lease-${id}.json`);
  expect(readFileSync(path, 'utf8')).not.toContain('customerId');
  expect(await failures(config, historiesOfFiles(directory))).toEqual(found);

  // Another name of an activity is what code does that has changed: it asks for something else than the history has.
  const changed = readFileSync(path, 'utf8').replaceAll('"recordApplication"', '"notedApplication"');
  expect(changed).not.toBe(readFileSync(path, 'utf8'));
  writeFileSync(path, changed);
  expect((await failures(config, historiesOfFiles(path)))[`lease-${id}`]).toMatch(/nondeterminism/i);
});

it('histories of the tests are read as well, and those of other keys are told apart from good ones', async () => {
  const file = 'workflows/lease/histories/active.json';
  const withKeys = (keys: string) => ({ ...platform.config, ENCRYPTION_KEYS: keys });
  expect(await failures(withKeys(recordingKeys), historiesOfFiles(file))).toEqual({ active: null });
  const other = `other:${randomBytes(32).toString('base64')},index:${randomBytes(32).toString('base64')}`;
  expect((await failures(withKeys(other), historiesOfFiles(file)))['active']).not.toBeNull();
  await expect(failures(platform.config, historiesOfFiles('package.json'))).rejects.toThrow('no history');
});
