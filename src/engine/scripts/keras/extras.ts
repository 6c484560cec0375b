/** What Espalier has and Keras has not, as classes that a script defines for itself. */
import type { Family } from '../../define.ts'
import { filled, requireDefinition } from '../../definitions.ts'
import type { ParamValue, Setting } from '../../project/project.ts'
import { call, flat, list, number, text, type Expression } from '../python.ts'

const classes = {
  Together: `class Together(regularizers.Regularizer):
    """Several regularizers on one weight or output."""

    def __init__(self, *parts):
        self.parts = parts

    def __call__(self, x):
        return sum(part(x) for part in self.parts)`,
  InOrder: `class InOrder(constraints.Constraint):
    """Several constraints on one weight, one after the other."""

    def __init__(self, *parts):
        self.parts = parts

    def __call__(self, w):
        for part in self.parts:
            w = part(w)
        return w`,
  ProximalL1: `class ProximalL1(constraints.Constraint):
    """Soft thresholding after each update, w <- sign(w) max(|w| - step * l1, 0) / (1 + 2 step * l2): exact zeros."""

    model = None

    def __init__(self, l1, l2=0.0):
        self.l1, self.l2 = l1, l2

    def __call__(self, w):
        optimizer = self.model.optimizer
        # With momentum, a lasting gradient moves a weight by more than the learning rate.
        step = optimizer.learning_rate / (1 - getattr(optimizer, "momentum", 0))
        if hasattr(optimizer, "_velocities") and hasattr(optimizer, "beta_2"):
            # Adam moves each weight by a step of its own.
            velocity = optimizer._velocities[optimizer._get_variable_index(w)]
            count = keras.ops.cast(optimizer.iterations + 1, "float32")
            correction = keras.ops.sqrt(1 - keras.ops.power(optimizer.beta_2, count))
            step = step * correction / (keras.ops.sqrt(velocity) + optimizer.epsilon)
        shrunk = keras.ops.sign(w) * keras.ops.maximum(keras.ops.abs(w) - step * self.l1, 0)
        return shrunk / (1 + 2 * step * self.l2)`,
  GroupLasso: `class GroupLasso(regularizers.Regularizer):
    """The norms of the groups that an axis counts, each times the root of its size; and single weights."""

    def __init__(self, strength, axis=-1, l1=0.0):
        self.strength, self.axis, self.l1 = strength, axis, l1

    def __call__(self, x):
        matrix = x if len(x.shape) > 1 else keras.ops.reshape(x, (1, -1))
        groups = keras.ops.moveaxis(matrix, self.axis, 0)
        groups = keras.ops.reshape(groups, (groups.shape[0], -1))
        squares = keras.ops.sum(keras.ops.square(groups), axis=1)
        norms = keras.ops.where(squares > 0, keras.ops.sqrt(keras.ops.where(squares > 0, squares, 1.0)), 0.0)
        whole = self.strength * groups.shape[1] ** 0.5 * keras.ops.sum(norms)
        return whole + self.l1 * keras.ops.sum(keras.ops.abs(x))`,
  SoftOrthogonal: `class SoftOrthogonal(regularizers.Regularizer):
    """The squared scalar products of different columns, or rows, of a weight."""

    def __init__(self, strength, rows=False):
        self.strength, self.rows = strength, rows

    def __call__(self, x):
        matrix = keras.ops.reshape(x, (-1, x.shape[-1]))
        matrix = matrix if self.rows else keras.ops.transpose(matrix)
        products = keras.ops.matmul(matrix, keras.ops.transpose(matrix)) * (1 - keras.ops.eye(matrix.shape[0]))
        return self.strength * keras.ops.sum(keras.ops.square(products))`,
  SpectralNorm: `class SpectralNorm(regularizers.Regularizer):
    """Half the square of the largest singular value."""

    def __init__(self, strength):
        self.strength = strength

    def __call__(self, x):
        values = keras.ops.svd(keras.ops.reshape(x, (-1, x.shape[-1])), full_matrices=False, compute_uv=False)
        return 0.5 * self.strength * keras.ops.max(values) ** 2`,
  OneCycle: `class OneCycle(optimizers.schedules.LearningRateSchedule):
    """Up from a fraction of the learning rate and down to almost nothing, once in the whole run."""

    def __init__(self, peak, total_steps, rise, start_divisor, final_divisor, anneal):
        self.peak, self.anneal, self.last = peak, anneal, max(total_steps - 1, 1)
        self.top = min(max(rise * total_steps - 1, 0), self.last)
        self.start = peak / start_divisor
        self.end = self.start / final_divisor

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        def between(low, high, begin, end):
            x = keras.ops.clip((step - begin) / max(end - begin, 1e-6), 0, 1)
            left = (1 + keras.ops.cos(np.pi * x)) / 2 if self.anneal == "cosine" else 1 - x
            return high + (low - high) * left
        falling = between(self.peak, self.end, self.top, self.last)
        if self.top == 0:
            return falling
        return keras.ops.where(step > self.top, falling, between(self.start, self.peak, 0, self.top))`,
  ForgetGateOnes: `class ForgetGateOnes(initializers.Initializer):
    """Ones in the second quarter of an LSTM's bias."""

    def __call__(self, shape, dtype=None):
        quarter = shape[0] // 4
        return keras.ops.cast(np.arange(shape[0]) // quarter == 1, dtype or "float32")`,
} as const

export type ExtraName = keyof typeof classes

/** The classes of its own that a script needs, collected while it is written. */
export class Extras {
  readonly #used = new Set<ExtraName>()

  /** The name of a class, which is defined from now on. */
  use(name: ExtraName): string {
    this.#used.add(name)
    return name
  }

  has(name: ExtraName): boolean {
    return this.#used.has(name)
  }

  /** A setting that only Espalier has; null for those of Keras. */
  own(family: Family, setting: Setting): Expression | null {
    const params = filled(requireDefinition(family, setting.kind, setting.kind), setting)
    switch (`${family}/${setting.kind}`) {
      case 'initializer/unitForgetBias':
        return call(this.use('ForgetGateOnes'))
      case 'schedule/oneCycle':
        return call(this.use('OneCycle'), [], {
          total_steps: literal(params.totalSteps),
          rise: literal(params.riseFraction),
          start_divisor: literal(params.startDivisor),
          final_divisor: literal(params.finalDivisor),
          anneal: literal(params.anneal),
        })
      case 'regularizer/groupLasso':
        return call(this.use('GroupLasso'), [], {
          strength: literal(params.strength),
          ...(params.groups === 'units' ? {} : { axis: '-2' }),
        })
      case 'regularizer/sparseGroupLasso':
        return call(this.use('GroupLasso'), [], {
          strength: literal(params.group),
          ...(params.groups === 'units' ? {} : { axis: '-2' }),
          l1: literal(params.l1),
        })
      case 'regularizer/softOrthogonal':
        return call(this.use('SoftOrthogonal'), [], {
          strength: literal(params.strength),
          ...(params.mode === 'columns' ? {} : { rows: 'True' }),
        })
      case 'regularizer/spectralNorm':
        return call(this.use('SpectralNorm'), [], { strength: literal(params.strength) })
      default:
        return null
    }
  }

  /** The definitions, each after two empty lines. */
  lines(): readonly string[] {
    return [...this.#used].flatMap((name) => ['', '', ...classes[name].split('\n')])
  }
}

/** A plain value as Python writes it. */
export function literal(value: ParamValue | undefined): string {
  if (typeof value === 'number') return number(value)
  if (typeof value === 'string') return text(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  const numbers: readonly unknown[] = Array.isArray(value) ? value : []
  return value === null || value === undefined
    ? 'None'
    : flat(list(numbers.flatMap((each) => (typeof each === 'number' ? [number(each)] : []))))
}
