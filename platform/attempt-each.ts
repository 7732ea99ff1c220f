/**
 * Does something for each of some things in turn, also for those behind one that fails.
 *
 * @returns what has failed, with what it threw.
 */
export async function attemptEach<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<{ readonly item: T; readonly error: unknown }[]> {
  const failed: { item: T; error: unknown }[] = [];
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      failed.push({ item, error });
    }
  }
  return failed;
}
