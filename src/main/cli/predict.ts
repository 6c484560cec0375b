/** `espalier predict`: an exported model over the rows of a CSV file. */
import { resolve } from 'node:path'
import { CallError } from '#shared/result.ts'
import { startTrainerProcess } from '#main/host/trainerProcess.ts'
import { createTrainerClient } from '#main/trainer/client.ts'
import { outputPath } from './outputs.ts'
import { plural } from './report/text.ts'

export interface PredictOptions {
  readonly out?: string
  /** How many predictions are sampled for each row while layers of noise act. */
  readonly samples?: number
  readonly seed?: number
}

/** Predicts into a file, or onto standard output; throws CallErrors. */
export async function predict(model: string, data: string, options: PredictOptions): Promise<number> {
  if (options.seed !== undefined && options.samples === undefined)
    throw new CallError(
      'invalid',
      'A seed makes a difference to sampled predictions only; add --samples, or leave out --seed.',
    )
  const out = options.out === undefined ? null : await outputPath(options.out, '.csv')
  const trainer = createTrainerClient(startTrainerProcess)
  try {
    const source = data.startsWith('sample:') ? data : resolve(data)
    const { rows, csv } = await trainer.call('predict', {
      model: resolve(model),
      data: source,
      out,
      ...(options.samples === undefined ? {} : { sampling: { count: options.samples, seed: options.seed ?? null } }),
    })
    process.stdout.write(csv ?? `${options.out}: ${plural(rows, 'row')}.\n`)
    return 0
  } finally {
    trainer.close()
  }
}
