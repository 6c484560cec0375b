/** `espalier report`: what regularization did in a training that is kept. */
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import { writeFileAtomic } from '#main/files/atomic.ts'
import { type RunReport, runReportSchema } from '#shared/report.ts'
import { CallError } from '#shared/result.ts'
import { describeReport } from './report/table.ts'
import { runFolderOf } from './runFolder.ts'

const reportPath = (runFolder: string): string => join(runFolder, 'report.json')

/** Writes the report of a training beside its checkpoints. */
export async function keepReport(runFolder: string, report: RunReport): Promise<void> {
  await mkdir(runFolder, { recursive: true })
  await writeFileAtomic(reportPath(runFolder), `${JSON.stringify(report, null, 2)}\n`)
}

/** Tells the report of the training that a model came from; throws a CallError where none is kept. */
export async function report(model: string, options: { readonly json: boolean }): Promise<number> {
  const text = await readFile(reportPath(runFolderOf(resolve(model))), 'utf8').catch(() => {
    throw new CallError(
      'missing',
      `No training of ${model} is kept; espalier train PROJECT --out ${model} trains and reports.`,
    )
  })
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), runReportSchema), text)
  if (!parsed.success)
    throw new CallError('invalid', `The report of ${model} is damaged or of another version; train again.`)
  process.stdout.write(options.json ? text : `${describeReport(parsed.output)}\n`)
  return 0
}
