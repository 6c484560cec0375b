/** A project as a PyTorch script. */
import type { Project } from '../../project/project.ts'
import { dataSection } from '../dataSection.ts'
import { refuseMissing } from '../missing.ts'
import { planScript } from '../plan.ts'
import { literalLines, number } from '../python.ts'
import type { ScriptData } from '../scriptData.ts'
import { initializeLines } from './initializers.ts'
import { Pieces } from './modules.ts'
import { networkLines } from './network.ts'
import { trainingLines } from './training.ts'

/** The script; throws an IssueError where the project is wrong, or holds what a PyTorch script cannot have. */
export function pytorchScript(project: Project, data: ScriptData | null): string {
  const plan = planScript(project, data, ['torch', 'nn', 'F', 'np', 'csv', 'math', 'self', 'model', 'activity'])
  refuseMissing(plan, 'PyTorch')
  const pieces = new Pieces()
  const network = networkLines(plan, pieces)
  const training = trainingLines(plan)
  const body = [
    '',
    '',
    ...dataSection(plan),
    ...pieces.lines(),
    '',
    '',
    ...network,
    '',
    '',
    ...initializeLines(plan),
    '',
    '',
    ...loadLines,
    ...training,
    '',
    '',
    ...mainLines(project),
  ]
  const uses = (word: string): boolean => body.some((line) => line.includes(word))
  const head = [
    ...literalLines(`${project.name}: a PyTorch script, written by Espalier.`, project.doc),
    '',
    'import argparse',
    ...(uses('copy.deepcopy') ? ['import copy'] : []),
    ...(data === null ? [] : ['import csv']),
    ...(uses('math.') ? ['import math'] : []),
    '',
    'import numpy as np',
    'import torch',
    ...(uses('F.') ? ['import torch.nn.functional as F'] : []),
    'from torch import nn',
    '',
    `SEED = ${number(project.training.seed)}`,
  ]
  return `${[...head, ...body].join('\n')}\n`
}

const loadLines: readonly string[] = [
  '@torch.no_grad()',
  'def load_weights(model, path):',
  '    """Takes the weights from a .npz file, or from an ONNX model or file of weights that Espalier wrote."""',
  '    if path.endswith(".onnx"):',
  '        import onnx',
  '        tensors = onnx.load(path).graph.initializer',
  '        arrays = {each.name: onnx.numpy_helper.to_array(each) for each in tensors}',
  '    else:',
  '        arrays = np.load(path)',
  '    for name, w in weights(model).items():',
  '        w.copy_(torch.from_numpy(np.array(arrays[name])))',
]

function mainLines({ training }: Project): readonly string[] {
  return [
    'def main():',
    '    parser = argparse.ArgumentParser()',
    '    parser.add_argument("--weights", help="start from these weights: a .npz or .onnx file")',
    `    parser.add_argument("--epochs", type=int, default=${number(training.epochs)})`,
    '    parser.add_argument("--out", default="model.pt", help="where the trained weights go")',
    '    options = parser.parse_args()',
    '    torch.manual_seed(SEED)',
    '    training, validation = load_data()',
    '    model = build_model()',
    '    initialize(model)',
    '    if options.weights:',
    '        load_weights(model, options.weights)',
    '    train(model, training, validation, options.epochs)',
    '    torch.save(model.state_dict(), options.out)',
    '',
    '',
    'if __name__ == "__main__":',
    '    main()',
  ]
}
