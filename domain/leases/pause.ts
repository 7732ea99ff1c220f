export const pauseKinds = ['holiday', 'repair', 'illness'] as const;
export type PauseKind = (typeof pauseKinds)[number];
