/**
 * How fast Espalier trains, beside others that do the same work on this machine in the same run.
 * Options: --only a,b  --rounds N  --no-peers  --json FILE; or --page alone: what a page that watches costs
 */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Participant, program } from './participant.ts'
import { median, race, type Result } from './race.ts'
import { watch, watchRefusal } from './page.ts'
import { tableOf, verdictsOf, watchedTable } from './table.ts'
import { judge, judgeWatched, overhead } from './targets.ts'
import { variants } from './variants.ts'
import { workbench } from './workbench.ts'
import { hasImages, threads, type Workload, workloads } from './workloads.ts'

const built = (name: string): string => join(import.meta.dirname, `${name}.js`)

/** Over images TensorFlow.js takes no part: without a native part it needs about 40 seconds for a step of (c). */
function participants(peers: boolean, workload: Workload): Participant[] {
  const python = process.env['ESPALIER_PYTHON'] ?? 'python3'
  const script = resolve(import.meta.dirname, '..', '..', 'bench', 'peers.py')
  return [
    workbench(built('trainer')),
    ...variants
      .filter(({ workload: of }) => of === workload.name)
      .map((variant) => workbench(built('trainer'), variant)),
    ...(peers
      ? [
          program('PyTorch', python, [script, 'torch']),
          program('Keras', python, [script, 'keras']),
          ...(hasImages(workload) ? [] : [program('TensorFlow.js', process.execPath, [built('tfjs')])]),
        ]
      : []),
  ]
}

interface Options {
  readonly chosen: readonly Workload[]
  readonly rounds: number
  readonly peers: boolean
  /** Where the numbers are written, if anywhere. */
  readonly json: string | null
  /** Measures what a page that watches costs, in place of the race. */
  readonly page: boolean
}

/** Reads the command line; a mistake in it ends in one sentence and exit code 2. */
function readOptions(): Options {
  const names = workloads.map(({ name }) => name)
  try {
    const { values } = parseArgs({
      options: {
        only: { type: 'string', default: names.join() },
        rounds: { type: 'string', default: '5' },
        'no-peers': { type: 'boolean', default: false },
        json: { type: 'string' },
        page: { type: 'boolean', default: false },
      },
    })
    const only = values.only.split(',')
    const stranger = only.find((name) => !names.includes(name))
    if (stranger !== undefined)
      throw new Error(`--only ${stranger}: there is no such workload; choose of ${names.join()}.`)
    const rounds = Number(values.rounds)
    if (!Number.isInteger(rounds) || rounds < 1)
      throw new Error(`--rounds ${values.rounds}: write a whole number from 1.`)
    return {
      chosen: workloads.filter(({ name }) => only.includes(name)),
      rounds,
      peers: !values['no-peers'],
      json: values.json ?? null,
      page: values.page,
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}

const processor = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores`

async function runRace({ chosen, rounds, peers, json }: Options): Promise<void> {
  const machine = `${processor}, ${threads} threads each`
  console.log(`${machine}; ${rounds} rounds, medians\n`)
  const results: Result[] = []
  for (const workload of chosen) {
    const own = await race(workload, participants(peers, workload), rounds)
    results.push(...own)
    console.log(`${tableOf([workload], own)}\n`)
  }
  const verdicts = judge(results)
  console.log(verdictsOf(verdicts))
  if (json === null) return
  const numbers = results.map((result) => {
    const middle = result.rounds.length > 0 ? median(result.rounds) : null
    return {
      ...result,
      millisecondsPerStep: middle,
      bestMillisecondsPerStep: middle && Math.min(...result.rounds),
      stepsPerSecond: middle && 1000 / middle,
    }
  })
  const report = { machine, threads, rounds, results: numbers, targets: verdicts }
  await writeFile(json, `${JSON.stringify(report, null, 2)}\n`)
}

async function runPage({ json }: Options): Promise<void> {
  const refusal = watchRefusal()
  const workload = workloads.find(({ name }) => name === overhead.workload)
  if (refusal !== null || !workload) return console.log(refusal)
  const watched = await watch(workload)
  const verdict = judgeWatched(watched)
  console.log(`${processor}; ${watchedTable(workload, watched)}\n\n${verdictsOf([verdict])}`)
  if (json === null) return
  await writeFile(json, `${JSON.stringify({ machine: processor, watched, target: verdict }, null, 2)}\n`)
}

try {
  const options = readOptions()
  await (options.page ? runPage(options) : runRace(options))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
