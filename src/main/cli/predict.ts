/** `espalier predict`: an exported model over the rows of a CSV file. */
import { resolve } from 'node:path'
import { startTrainerProcess } from '#main/host/trainerProcess.ts'
import { createTrainerClient } from '#main/trainer/client.ts'
import { outputPath } from './outputs.ts'
import { plural } from './report/text.ts'

/** Predicts into a file, or onto standard output; throws CallErrors. */
export async function predict(model: string, data: string, options: { readonly out?: string }): Promise<number> {
  const out = options.out === undefined ? null : await outputPath(options.out, '.csv')
  const trainer = createTrainerClient(startTrainerProcess)
  try {
    const source = data.startsWith('sample:') ? data : resolve(data)
    const { rows, csv } = await trainer.call('predict', { model: resolve(model), data: source, out })
    process.stdout.write(csv ?? `${options.out}: ${plural(rows, 'row')}.\n`)
    return 0
  } finally {
    trainer.close()
  }
}
