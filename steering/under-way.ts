/** A command that goes on when its caller has waited long enough: an answer of its own, with 202. */
export class UnderWay extends Error {
  override readonly name = 'UnderWay';
  /** Path of the object that the command changes. */
  readonly lookAt: string;

  constructor(lookAt: string) {
    super('the command goes on');
    this.lookAt = lookAt;
  }
}
