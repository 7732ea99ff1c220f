import { createPrivateKey, createPublicKey } from 'node:crypto';

/**
 * The simulator's RSA key, whose public half PINs are encrypted with: the same over starts and for everybody, since
 * it protects nothing. Base64 of PKCS#8.
 */
const sample = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDLDI/NqeetULELm+ZHyY2X6gHMPtaY/vj27X8XN6F+mqk3dg2U',
  '4et0qn58qPiPGsRbj3POr8m7z1DBGyASvbc7PIUdO79wkrJFDJBsATDLx5ng93gJ519oIypLzYrsfaoHzIiB5JbD7toja2ksjaB1',
  'tflsHjk2pPdge/R2X1JZIQIUXN7UENwtdxNqvh7EpPwFvvrUt4s4Qm1pwSmPc6CdAW2i2fb+uk04TdVGLrx11ySeUx/sbcOR6O8t',
  'JwWu7DMGuhHztcHXvg8APy4wt59+PEefaemXRCLH1MLhhZGnXN1UZcEoVKN+XUmRbBsIyk4uc5/1jWxKVhDj+ZOJC8XRAgMBAAEC',
  'ggEAFp8KUQS3euedJzNHLy2VSMduoS1JsIyM0CBwIvYKV+stzwVSngj4DRdcNXyIXz5sLIc0L7gF5uvsjexSYRl3Fce4TM7LP+TC',
  'rPlUCF8EQK+2xQl3piLQzkPyAl/z35pgcbNSbKY65blGiYuokVN1/PyOZ9fg0pBZFGFllYp+ciS4axKOFdLrNY9Kd3whimkzHg9r',
  'KC/V6uXWb/XiN4VisqauUsKcDE3iPmiEScFGLGkz5PWPXpuK4bOb0wJMB/gy5LV3z+DD3MbiR9lwq9Be09LhONYemZxGrC/W/77l',
  'VjvV6Y8pvTFgMvJP0Kn9h8S6kwhAL2bpPdKpgJh2AHBKwQKBgQDu/tUJiO+mvwz266msfoQW6nqyl9/R1krJHsYJCn1K0BrT/Bi9',
  'VpyWcb+v0FzegrkEFPsqy1gaPLFHfwLdfd5aaVbZfVuTji8tGbQCKCM/nOTlq5eU9nyjaZlFtgeMvXzzneZ/2k7vsRlEfELFmxvu',
  'nlTRNJXkS3cwkPfcxwgjHwKBgQDZfvySnY+ATqF2NGxklKo87YzjXb4sAo9v6s5bs6HT7duIfZUisa3A0QYauMHJpejSb5SUfgOQ',
  'Xy5kUOUsIfIp4Vk+of77UrfeNHwZtePZeABwUICJ7pAi4aaG6IcA/mc/WxBvztkZ8CVxQAOfmtr7ztpA7Zj7NQ59qYSRa5ZpDwKB',
  'gQDeaA9gvCopBonODyjq+SF7IeHk6SjEYaNe3mB0cWp/gII229c5+6vk5R35QvHpr8T1Y4EJJgprACgJ3MyRylxtzrGf2+SowBxu',
  '4AiAKVIEFMF+ady6J1d9yvtzwB3ufzgUjdC/Ei17KVfWP7zzn5Cy0m0j8se6l+/nJkFDF4UfCQKBgGlBTzIVFjFd3D28OQij+Y7q',
  '11fhMftSceATnjI6yIIrhiaTv+y+V/wMLAwahY30wKu2XA1QvqDLr0PU8lNdSjiCWhI5i5BNA7aBZ915bP79WBkCnHIkBZUb5t87',
  'ALq2Y3kBtP6m9+HZmgUomZhP9NIP1Qe+9F392zltJD7L9kp5AoGACdVZbwutB2M1D/8RHQnUWb10HcAcDnklwQdr6nyP5hnVDSBb',
  'oplxgleXPPNCk6CZ3xEDgHf3bChIJHtE4N5wjsuILC7TTgOyR9wR7pFWOKoznDwAWHxPFyuJxUmdKiwgwo1ZnP1Mu33w0SbzEpW0',
  'pdxQQ0NHVPmW3J0Cwo0O3x0=',
].join('');

export const privateKey = createPrivateKey({ key: Buffer.from(sample, 'base64'), format: 'der', type: 'pkcs8' });

/** As Airtel tells it: base64 of DER. */
export const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).toString('base64');
