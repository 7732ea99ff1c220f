export const endpointStatuses = ['active', 'disabled'] as const;
/** `gone`: it answered 410; `unreachable`: it took nothing for five days; `operator`: an admin did it. */
export const disablings = ['gone', 'unreachable', 'operator'] as const;
