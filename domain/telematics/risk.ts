export const riskTypes = [
  'speeding',
  'geofence_exit',
  'geofence_enter',
  'tampering',
  'power_cut',
  'tow',
  'harsh_braking',
  'harsh_acceleration',
  'low_battery',
  'offline',
  'online',
  'impossible_jump',
  'crash',
  'jamming',
] as const;
export type RiskType = (typeof riskTypes)[number];

export const severities = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof severities)[number];
