import { describe, expect, it } from 'vitest';
import { answerIn, codec12Topic, commandFrame } from './codec12.ts';
import { frameIn, isIntact } from './codec8.ts';
import { readMessage } from './registry.ts';

/** As Teltonika's documentation has them ("Codec", Codec 12). */
const documented = {
  getinfo: {
    command: '000000000000000F0C010500000007676574696E666F0100004312',
    answer:
      '00000000000000900C010600000088494E493A323031392F372F323220373A3232205254433A323031392F372F323220373A3533205253543A32' +
      '204552523A312053523A302042523A302043463A302046473A3020464C3A302054553A302F302055543A3020534D533A30204E4F4750533A303A' +
      '3330204750533A31205341543A302052533A332052463A36352053463A31204D443A30010000C78F',
    text:
      'INI:2019/7/22 7:22 RTC:2019/7/22 7:53 RST:2 ERR:1 SR:0 BR:0 CF:0 FG:0 FL:0 TU:0/0 UT:0 SMS:0 NOGPS:0:30 GPS:1 SAT:0 ' +
      'RS:3 RF:65 SF:1 MD:0',
  },
  getio: {
    command: '000000000000000D0C010500000005676574696F01000000CB',
    answer:
      '00000000000000370C01060000002F4449313A31204449323A30204449333A302041494E313A302041494E323A313639323420444F313A3020' +
      '444F323A3101000066E3',
    text: 'DI1:1 DI2:0 DI3:0 AIN1:0 AIN2:16924 DO1:0 DO2:1',
  },
};

describe('commands to a Teltonika unit over TCP', () => {
  it.each(Object.entries(documented))('%s is what the documentation shows, and so is its answer', (text, known) => {
    expect(commandFrame(text).toString('hex').toUpperCase()).toBe(known.command);
    const answer = frameIn(Buffer.from(known.answer, 'hex'));
    expect(answer !== null && isIntact(answer)).toBe(true);
    expect(answerIn(answer ?? Buffer.alloc(0))).toBe(known.text);
    // What we say is no answer.
    expect(answerIn(commandFrame(text))).toBeNull();
  });

  it.each([
    ['DOUT1:1 Timeout:INFINITY QUEUED', 'accepted', null],
    [documented.getinfo.text, 'accepted', null],
    ['Unknown command', 'failed', 'Unknown command'],
    ['Bad syntax', 'failed', 'Bad syntax'],
    ['DOUT1 Is disabled from CFG', 'failed', 'DOUT1 Is disabled from CFG'],
    ['DOUT is disabled from CFG', 'failed', 'DOUT is disabled from CFG'],
    ['Arguments required', 'failed', 'Arguments required'],
    ['DOUT1 params are invalid', 'failed', 'DOUT1 params are invalid'],
    ['DOUT1 ERROR', 'failed', 'DOUT1 ERROR'],
    ['DOUT1:1 Timeout:15s IGN ON, QUEUED', 'accepted', null],
    // No database takes a NUL.
    ['Error\0 7', 'failed', 'Error\uFFFD 7'],
  ])('the answer %s is %s', (text, answer, reason) => {
    const payload = commandFrame(text);
    payload[10] = 0x06;
    const read = readMessage({ topic: codec12Topic('t', 'c'), payload, receivedAt: 0 });
    expect(read).toEqual([{ kind: 'answer', unit: { trackerId: 't' }, commandId: 'c', answer, reason, ts: null }]);
  });
});
