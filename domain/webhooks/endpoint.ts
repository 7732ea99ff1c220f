export const endpointStatuses = ['active', 'disabled'] as const;
/** `gone`: it answered 410; `unreachable`: a delivery died, and it took nothing for four days; `operator`: an admin did it. */
export const disablings = ['gone', 'unreachable', 'operator'] as const;
