/** What each hook of a regularizer computes, from the formula alone. */
export type Params = Readonly<Record<string, unknown>>
export type Numbers = ArrayLike<number>

/** What a technique that transforms a weight is given, and what it drew. */
export interface Transforming {
  readonly weight: Numbers
  readonly shape: readonly number[]
  readonly params: Params
  readonly training: boolean
  /** Its own numbers by name. */
  readonly own: Readonly<Record<string, Numbers>>
  readonly drawn: readonly Numbers[]
}

/** What gradients belong to, and what was drawn. */
export interface Around {
  readonly weights: readonly Float64Array[]
  readonly shapes: readonly (readonly number[])[]
  readonly names: readonly string[]
  readonly last: ReadonlySet<string>
  readonly iteration: number
  readonly drawn: readonly Numbers[]
}

export interface Reference {
  readonly penalty?: (weight: Numbers, params: Params, shape: readonly number[]) => number
  /** Of a row of targets, with what the network thinks of it. */
  readonly labels?: (target: readonly number[], thought: readonly number[], params: Params) => readonly number[]
  readonly gradients?: (gradients: readonly Float64Array[], params: Params, around: Around) => readonly Float64Array[]
  readonly perturb?: (
    weights: readonly Float64Array[],
    gradients: readonly Float64Array[],
    names: readonly string[],
    params: Params,
  ) => readonly Float64Array[]
  /** In epochs. */
  readonly holds?: (depth: number, params: Params) => number
  /** How probable each row of a class is in a draw, from how many of each class there are. */
  readonly order?: (counts: readonly number[], params: Params) => readonly number[]
  /** How many rows of each class are added. */
  readonly synthesize?: (counts: readonly number[], params: Params) => readonly number[]
  readonly rowWeights?: (rowClass: number, counts: readonly number[], params: Params) => number
  readonly beforeUpdate?: (weight: number, learningRate: number, params: Params) => number
  /** The whole weight after an update of these steps, one for each of its elements. */
  readonly afterUpdate?: (weight: Numbers, steps: Numbers, params: Params, shape: readonly number[]) => Numbers
  /** The weight as its layer uses it, what that costs, and what its own numbers are afterwards that are not trained. */
  readonly transform?: (given: Transforming) => {
    readonly weight: Numbers
    readonly penalty?: number
    readonly updates?: Readonly<Record<string, Numbers>>
  }
  /** Own numbers that do not move with the weight, at which its gradient is that of the formula. */
  readonly steady?: (name: string, weight: Numbers, shape: readonly number[]) => Numbers
  /** One weight after one step more, and the slots after it. */
  readonly track?: (
    weight: number,
    slots: Readonly<Record<string, number>>,
    step: number,
    params: Params,
    time: { readonly stepsPerEpoch: number; readonly epochs: number },
  ) => { readonly weight: number; readonly slots: Readonly<Record<string, number>> }
}

export type References = Readonly<Record<string, Reference>>

/** A number among the parameters. */
export const at = (params: Params, name: string) => Number(params[name])
