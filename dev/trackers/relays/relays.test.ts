import { describe, expect, it } from 'vitest';
import { TeltonikaOutput, type Now } from './teltonika-output.ts';
import { TraccarServer } from './traccar-server.ts';

/** A ride through town: a red light on the way, then home. */
const driving: Now = { ignition: true, speedKph: 45 };
const atTheLight: Now = { ignition: true, speedKph: 0 };
const parked: Now = { ignition: false, speedKph: 0 };
const ride = { driving, slower: { ignition: true, speedKph: 8 }, atTheLight, onwards: driving, parked };

/** Where on the ride, which began with the command, the engine is stopped first; and the unit's answer. */
function stoppedWhere(command: string) {
  const output = new TeltonikaOutput();
  const answer = output.command(command, driving);
  const [where] = Object.entries(ride).find(([, now]) => (output.step(now), output.on)) ?? [null];
  return { where, answer };
}

describe('a Teltonika unit that is told to stop the engine while the vehicle drives', () => {
  it('stops it in motion by setdigout, and among traffic where that waits for a low speed', () => {
    expect(stoppedWhere('setdigout 1')).toEqual({ where: 'driving', answer: 'DOUT1:1 Timeout:INFINITY' });
    expect(stoppedWhere('setdigout 1 ? 10')).toEqual({ where: 'slower', answer: 'DOUT1:1 Timeout:INFINITY QUEUED' });
    expect(stoppedWhere('setdigout 1 ? 0').where).toBe('atTheLight');
  });

  it('stops it by setigndigout when the ignition is off, and never before', () => {
    expect(stoppedWhere('setigndigout 1')).toEqual({ where: 'parked', answer: 'DOUT1:1 Timeout:INFINITY QUEUED' });
    expect(stoppedWhere('setigndigout 1 ? 200').where).toBe('parked');
  });

  it('does not stop it after all where it was told to let go before it was parked, but not by setdigout alone', () => {
    const told = (...commands: string[]) => {
      const output = new TeltonikaOutput();
      for (const command of ['setigndigout 1', ...commands]) output.command(command, driving);
      output.step(parked);
      return output;
    };
    expect(told('setdigout 0').on).toBe(true);
    expect(told('setigndigout 0', 'setdigout 0').on).toBe(false);
  });

  it('moves it again at once, whether its ignition is off or on', () => {
    for (const now of [parked, atTheLight]) {
      const output = new TeltonikaOutput();
      output.command('setigndigout 1', parked);
      output.command('setdigout 0', now);
      expect(output.on).toBe(true);
      output.command('setigndigout 0', now);
      output.command('setdigout 0', now);
      expect(output.on).toBe(false);
    }
  });
});

describe('a Traccar server that is told to stop an engine', () => {
  const stopped = (command: string) => {
    const output = new TeltonikaOutput();
    let now = parked;
    const server = new TraccarServer((text) => output.command(text, now));
    const drive = () => output.step((now = driving));
    return { output, server, drive, answer: (noQueue: boolean) => server.send(command, { noQueue }) };
  };

  it('keeps a command for a parked vehicle that it cannot reach, and delivers it in traffic', () => {
    const { output, server, drive, answer } = stopped('setdigout 1');
    server.deviceOffline();
    expect(answer(false)).toBe(202);
    drive();
    server.deviceOnline();
    expect(output.on).toBe(true);
  });

  it('keeps nothing with noQueue; and what comes late by setigndigout still waits for the ignition', () => {
    const refused = stopped('setigndigout 1');
    refused.server.deviceOffline();
    expect(refused.answer(true)).toBe(400);
    refused.server.deviceOnline();
    expect(refused.server.results).toEqual([]);

    const late = stopped('setigndigout 1');
    late.server.deviceOffline();
    late.answer(false);
    late.drive();
    late.server.deviceOnline();
    expect(late.output.on).toBe(false);
    late.output.step(parked);
    expect(late.output.on).toBe(true);
  });

  it('says 200 also where nothing has stopped, and its results do not tell which command they answer', () => {
    const { output, server, drive, answer } = stopped('setigndigout 1');
    drive();
    expect(answer(true)).toBe(200);
    expect(output.on).toBe(false);
    server.send('setdigout 0');
    expect(server.results.map((result) => Object.keys(result))).toEqual([
      ['type', 'attributes'],
      ['type', 'attributes'],
    ]);
  });
});
