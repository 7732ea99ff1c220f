import type { Connection } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import protocol from '@temporalio/proto';

const { IndexedValueType } = protocol.temporal.api.enums.v1;

export interface SearchAttribute {
  readonly name: string;
  readonly type: SearchAttributeType;
}

/** Makes a namespace know what it lacks of these. @returns the names that were not there yet. */
export async function registerSearchAttributes(
  { operatorService }: Connection,
  namespace: string,
  attributes: readonly SearchAttribute[],
): Promise<string[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = attributes.filter(({ name }) => customAttributes[name] === undefined);
  if (missing.length === 0) return [];
  const added = missing.map(({ name, type }) => [name, IndexedValueType[`INDEXED_VALUE_TYPE_${type}`]] as const);
  await operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(added) });
  return missing.map(({ name }) => name);
}
