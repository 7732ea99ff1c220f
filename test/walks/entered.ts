import { Session } from 'node:inspector/promises';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Files of this process, outside of workflows' sandbox, that have a function called meanwhile. */
export async function enteredBy(work: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return result
    .filter(({ functions }) =>
      functions.some(({ functionName, ranges }) => functionName !== '' && (ranges[0]?.count ?? 0) > 0),
    )
    .map(({ url }) => relative(root, url.replace(/^file:\/\//, '')))
    .toSorted();
}
