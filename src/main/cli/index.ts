/** The command line: `espalier train | check | import | export | predict | serve`. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { version } from '#main/handlers/about.ts'
import { weightsChoiceSchema } from '#shared/routes.ts'
import { check, type CheckOptions } from './check.ts'
import { exportFormats, exportProject, type ExportOptions } from './export.ts'
import { tellFailure } from './failure.ts'
import { importModel } from './import.ts'
import { predict, type PredictOptions } from './predict.ts'
import { report } from './reports.ts'
import { serve } from './serve.ts'
import { train, type TrainOptions } from './train.ts'

/** Reads a whole number within bounds. */
const whole =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`)
  }

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

const weights = (): Option =>
  new Option(
    '--weights <which>',
    'of the best epoch or the last step (default: as the rules of the run decide)',
  ).choices(weightsChoiceSchema.options)

const shrink = (): Option => new Option('--shrink', 'leave out units that the network does not use').default(false)

const opset = (): Option =>
  new Option('--opset <number>', 'ONNX operator set of the model').argParser(whole(12, 21)).default(15)

function createProgram(finish: (code: number) => void): Command {
  const program = new Command('espalier')
    .description('Trains neural networks that generalize, and exports them as proved ONNX models.')
    .version(version)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: (.)/, (_, first: string) => first.toUpperCase())),
    })
    .showHelpAfterError(false)

  program
    .command('train')
    .description('train a project and export the model')
    .argument('<project>', 'a project file, or sample:NAME')
    .requiredOption('--out <file.onnx>', 'where the model goes')
    .option('--json', 'one JSON object a line, for machines', false)
    .option('--epochs <number>', 'how many times over the data', whole(1, 1_000_000))
    .option('--seed <number>', 'for weights, split, order and masks', whole(0, 2 ** 32 - 1))
    .option(
      '--set <path=value>',
      'change a setting of the project, as in training/optimizer/learningRate=0.01',
      collect,
      [],
    )
    .option(
      '--schedule <setting=points>',
      'change a live setting while training: l1.strength=0@0,0.01@5 at once after 5 epochs, 0@0..0.01@5 on a line',
      collect,
      [],
    )
    .option('--resume', 'go on with the training that was interrupted', false)
    .option('--rewind <mark>', 'go on from before a live change of the training of this file', whole(1, 1_000_000))
    .addOption(weights())
    .addOption(shrink())
    .addOption(opset())
    .action(async (project: string, options: TrainOptions) => finish(await train(project, options)))

  program
    .command('check')
    .description('tell what is wrong with a project and its data')
    .argument('<project>', 'a project file, or sample:NAME')
    .option('--mend', 'make the changes to the project file that mend its errors, as far as they are known', false)
    .action(async (project: string, options: CheckOptions) => finish(await check(project, options)))

  program
    .command('import')
    .description('turn a Keras or ONNX model into a project')
    .argument('<model>', 'an archive that Keras 3 saved (.keras), or a model in ONNX format (.onnx)')
    .requiredOption('--out <file.espalier>', 'where the project goes; its weights are put beside it')
    .action(async (model: string, options: { readonly out: string }) => finish(await importModel(model, options)))

  program
    .command('export')
    .description('write a project as a Python script that reproduces it, or once more the model trained for a file')
    .argument('<project>', 'a project file, or sample:NAME')
    .addOption(new Option('--format <format>', 'what the script is for').choices(exportFormats).makeOptionMandatory())
    .requiredOption('--out <file>', 'where the script (.py) or the model (.onnx) goes')
    .option('--set <path=value>', 'change a setting of the project', collect, [])
    .addOption(weights())
    .addOption(shrink())
    .addOption(opset())
    .action(async (project: string, options: ExportOptions) => finish(await exportProject(project, options)))

  program
    .command('report')
    .description('tell what regularization did in the training of a model')
    .argument('<model.onnx>', 'a model that espalier train wrote here')
    .option('--json', 'as JSON, for machines', false)
    .action(async (model: string, options: { readonly json: boolean }) => finish(await report(model, options)))

  program
    .command('predict')
    .description('run an exported model over the rows of a table')
    .argument('<model.onnx>', 'a model that Espalier exported')
    .argument('<data.csv>', 'rows with the columns the model was trained on')
    .option('--out <file.csv>', 'where the predictions go (default: standard output)')
    .option(
      '--samples <number>',
      'mean and standard deviation of so many predictions while dropout and noise act',
      whole(2, 1_000_000),
    )
    .option('--seed <number>', "for the samples (default: the training's)", whole(0, 2 ** 32 - 1))
    .action(async (model: string, data: string, options: PredictOptions) => finish(await predict(model, data, options)))

  program
    .command('serve')
    .description('open the workbench in the browser')
    .option('--port <number>', 'on this machine only; 0 takes a free one', whole(0, 65535), 0)
    .option('--folder <path>', 'the folder whose files it may reach', '.')
    .option('--no-open', 'do not start the browser')
    .action(async (options: { readonly port: number; readonly folder: string; readonly open: boolean }) =>
      finish(await serve(options)),
    )
  return program
}

// A reader that has seen enough, such as head, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await createProgram((code) => (process.exitCode = code)).parseAsync()
} catch (error) {
  // Commander has said what is wrong with the arguments; help and version are no errors.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else process.exitCode = tellFailure(error)
}
