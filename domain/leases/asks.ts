/**
 * What a person says with a command, as plain data: the API makes the schema of its body from it, and the types of what
 * the lease is told are read off it. No validator gets into a workflow this way.
 */
type Value =
  /** For people, in one line; at most 200 characters where it does not say. */
  | { readonly is: 'text'; readonly most?: number }
  /** A local day. */
  | { readonly is: 'day' }
  /** Said with a currency, which has to be the lease's; told in its minor units. */
  | { readonly is: 'amount' }
  | { readonly is: 'whole'; readonly least: number; readonly most: number }
  | { readonly is: 'choice'; readonly of: readonly string[] }
  /** At least one. */
  | { readonly is: 'ids'; readonly most: number }
  | { readonly is: 'parts'; readonly parts: Asks; readonly orNull?: true };

/** `optional` may be left out; `otherwise` is told then. */
export type Ask = Value & { readonly optional?: true; readonly otherwise?: string };
export type Asks = { readonly [field: string]: Ask };

type Told<One extends Ask> = One extends { readonly is: 'amount' | 'whole' }
  ? number
  : One extends { readonly is: 'ids' }
    ? readonly string[]
    : One extends { readonly of: readonly (infer Choice)[] }
      ? Choice
      : One extends { readonly parts: infer Parts extends Asks }
        ? OrderOf<Parts> | (One extends { readonly orNull: true } ? null : never)
        : string;
type Optional<All extends Asks> = {
  [Field in keyof All]: All[Field] extends { readonly optional: true } ? Field : never;
}[keyof All];

/** What the lease is told. */
export type OrderOf<All extends Asks> = { readonly [Field in Exclude<keyof All, Optional<All>>]: Told<All[Field]> } & {
  readonly [Field in Optional<All>]?: Told<All[Field]> | undefined;
};
