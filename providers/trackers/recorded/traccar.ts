/** What Traccar forwards by MQTT: its own shapes, with changed values. */
const device = {
  id: 7,
  attributes: {},
  groupId: 0,
  calendarId: 0,
  name: 'KJA-123',
  uniqueId: '352093081234567',
  status: 'online',
  lastUpdate: '2026-08-21T10:00:02.000+00:00',
  positionId: 0,
  phone: '+256700000000',
  model: 'FMB920',
  contact: 'Test Person',
  category: 'motorcycle',
  disabled: false,
  expirationTime: null,
};
const position = {
  id: 0,
  attributes: {
    priority: 0,
    sat: 11,
    event: 240,
    ignition: true,
    motion: true,
    power: 12.61,
    battery: 4.02,
    batteryLevel: 97,
    out1: false,
    odometer: 48211932,
    distance: 54.2,
    totalDistance: 48211932.0,
    hours: 3600000,
  },
  deviceId: 7,
  protocol: 'teltonika',
  serverTime: '2026-08-21T10:00:02.000+00:00',
  deviceTime: '2026-08-21T10:00:00.000+00:00',
  fixTime: '2026-08-21T10:00:00.000+00:00',
  outdated: false,
  valid: true,
  latitude: 0.3205,
  longitude: 32.5796,
  altitude: 1189.0,
  speed: 28.3,
  course: 183.0,
  address: null,
  accuracy: 0.0,
  network: null,
  geofenceIds: null,
};
const braking = { ...position, attributes: { ...position.attributes, alarm: 'hardBraking' } };
const event = {
  id: 31,
  attributes: { alarm: 'hardBraking' },
  deviceId: 7,
  type: 'alarm',
  eventTime: '2026-08-21T10:00:00.000+00:00',
  positionId: 912,
  geofenceId: 0,
  maintenanceId: 0,
};
const status = { ...event, attributes: {}, positionId: 0, eventTime: '2026-08-21T10:00:30.000+00:00' };

export const bridge = {
  driving: { position, device },
  braking: { position: braking, device },
  /** A heartbeat without a fix: the last place again, and what else the unit says. */
  outdated: {
    position: {
      ...position,
      attributes: { ignition: false, power: 11.9, alarm: 'powerCut,lowBattery', blocked: true },
      deviceTime: '2026-08-21T10:00:20.000+00:00',
      fixTime: '2026-08-21T09:00:00.000+00:00',
      outdated: true,
    },
    device,
  },
  events: {
    braking: { event, position: { ...braking, id: 912 }, device, geofence: null, maintenance: null },
    powerCut: { event: { ...status, type: 'alarm', attributes: { alarm: 'powerCut' } }, position: null, device },
    online: { event: { ...status, type: 'deviceOnline' }, position: null, device },
    offline: { event: { ...status, type: 'deviceOffline' }, position: null, device },
    unknown: { event: { ...status, type: 'deviceUnknown' }, position: null, device },
    result: { event: { ...status, type: 'commandResult', attributes: { result: 'OK' } }, position: null, device },
  },
};
