import { defineRegularizer } from '../define.ts'
import { choice } from '../params.ts'
import { shuffled, type RandomStream } from '../random.ts'
import { rowsOfClass } from './rowsOfClass.ts'

export const balancedSampling = defineRegularizer({
  kind: 'balancedSampling',
  title: 'Balanced sampling',
  doc: 'Each epoch draws as many rows as there are, all classes equally often, in a new random order; rows of rare classes come several times, and of frequent ones only a part.',
  reference:
    'Japkowicz & Stephen 2002, https://doi.org/10.3233/IDA-2002-6504; PyTorch torch.utils.data.WeightedRandomSampler',
  formula:
    'each epoch: n rows, n / K of each of the K classes that have any\neven: n / K rounded down or up, and within a class no row once more than another until all have come\nindependent: every draw by itself, P(row) = 1 / (K · n_k), n_k the rows of its class',
  conventions: {
    keras:
      'tf.data.Dataset.sample_from_datasets([one dataset a class], weights=[1 / K, ...]), which is "independent" within a class in order',
    pytorch: 'WeightedRandomSampler([1 / n_k of each row], num_samples=n), which is "independent"',
    matlab: 'Nothing in trainingOptions; a datastore that repeats rows of rare classes',
  },
  places: ['training'],
  params: {
    draws: choice({
      title: 'Draws',
      doc: 'Even draws give each class its rows exactly and use up a class before a row repeats, which is less noisy; independent ones do so on average.',
      options: ['even', 'independent'],
      default: 'even',
    }),
  },
  order: ({ params: { draws }, classes, random }) => {
    const members = [...rowsOfClass(classes).values()]
    return draws === 'even' ? evenly(members, classes.length, random) : independently(members, classes.length, random)
  },
})

function independently(members: readonly Uint32Array[], count: number, random: RandomStream): Uint32Array {
  const below = (size: number): number => Math.floor(random.uniform() * size)
  return Uint32Array.from({ length: count }, () => {
    const own = members[below(members.length)] ?? new Uint32Array(1)
    return own[below(own.length)] ?? 0
  })
}

function evenly(members: readonly Uint32Array[], count: number, random: RandomStream): Uint32Array {
  const share = Math.floor(count / members.length)
  // Rows that do not go around go to one class each, others every epoch.
  const luckiest = shuffled(members.length, random).subarray(0, count - share * members.length)
  const rows = new Uint32Array(count)
  let filled = 0
  members.forEach((own, index) => {
    const end = filled + share + Number(luckiest.includes(index))
    while (filled < end) {
      for (const place of shuffled(own.length, random).subarray(0, end - filled)) rows[filled++] = own[place] ?? 0
    }
  })
  return shuffled(count, random).map((place) => rows[place] ?? 0)
}
