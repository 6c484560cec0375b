/** What an imported ONNX model is called, what is assumed of it, and what is said of models that have no counterpart. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tensorOf } from '#engine/graph/tensor.ts'
import { IssueError, type ProjectNode } from '#engine/project/project.ts'
import { importOnnx } from '#main/files/onnx/import.ts'
import { constant, onnxFile, scalar, type FileNodeText } from '../support/onnxFile.ts'

const folder = 'tests/fixtures/onnx'
const fixture = (name: string): Uint8Array => readFileSync(join(folder, `${name}.onnx`))
const imported = (name: string) => importOnnx(fixture(name), `${name}.onnx`)

/** Every sentence about what stands in the way. */
function messagesOf(bytes: Uint8Array, secondFile?: (location: string) => Uint8Array | null): readonly string[] {
  try {
    importOnnx(bytes, 'm.onnx', secondFile)
  } catch (error) {
    if (error instanceof IssueError) return error.issues.map(({ message }) => message)
    throw error
  }
  throw new Error('the model was imported')
}

const layersOf = (bytes: Uint8Array): readonly ProjectNode[] => importOnnx(bytes, 'm.onnx').project.graph.nodes
const kindsOf = (name: string): readonly string[] => imported(name).project.graph.nodes.map(({ kind }) => kind)

const dense: FileNodeText = { op: 'Gemm', name: '/fc/Gemm', inputs: ['x', 'w'], outputs: ['d'] }
const float = (value: number) => ({ type: 'float', value }) as const
const ints = (...value: readonly number[]) => ({ type: 'ints', value }) as const

describe('the drawing of a model', () => {
  test('has no arrangement between a convolution and a dense layer but a flatten: the kernel’s rows are put in order', () => {
    expect(kindsOf('lenet')).toEqual([
      'input',
      'conv2D',
      'maxPooling2D',
      'conv2D',
      'maxPooling2D',
      'flatten',
      'dense',
      'dense',
    ])
  })

  test('keeps activations, biases and scales in the layers they follow', () => {
    const { graph } = imported('mobile').project
    const activations = graph.nodes.flatMap(({ params }) => params['activation'] ?? [])
    expect(activations).toEqual(['hard_silu', 'relu6', 'relu6', 'relu', 'hard_sigmoid', 'log_softmax'])
    expect(graph.nodes.some(({ kind }) => kind === 'activation' || kind === 'batchNormalization')).toBe(false)
  })

  test('reads a stack of recurrent layers without arrangements, the last of them for its last state only', () => {
    const { nodes } = imported('lstm').project.graph
    expect(nodes.map(({ kind, params }) => [kind, params['returnSequences']])).toEqual([
      ['input', undefined],
      ['lstm', true],
      ['lstm', false],
      ['dense', undefined],
    ])
    expect(kindsOf('bigru')).toEqual(['input', 'embedding', 'gru', 'dense'])
  })

  test('calls layers after the modules of the program that wrote the file', () => {
    const names = imported('resnet').project.graph.nodes.map(({ name }) => name)
    for (const name of ['conv1', 'layer1.0.conv1', 'layer2.0.down.0', 'fc']) expect(names).toContain(name)
    expect(imported('tf2onnx_cnn').project.graph.nodes.map(({ name }) => name)).toContain('conv2d_1')
  })

  test('takes images as the file does, channels first, and puts the channels last in a layer of its own', () => {
    const { nodes } = imported('resnet').project.graph
    expect(nodes.slice(0, 2)).toMatchObject([
      { kind: 'input', params: { shape: [3, 20, 20] } },
      { kind: 'permute', params: { dims: [2, 3, 1] } },
    ])
  })

  test('draws a layer that is used twice once, and once more', () => {
    const { graph } = imported('several').project
    expect(graph.nodes.flatMap(({ name, sameAs }) => (sameAs === undefined ? [] : [[name, sameAs]]))).toEqual([
      ['dense_2', 'dense'],
    ])
  })

  test('recognizes activations that are spelled out in several ops', () => {
    const constants = {
      w: constant(4, 3),
      k: scalar(Math.SQRT1_2),
      one: scalar(1),
      half: scalar(0.5),
      zero: scalar(0),
      six: scalar(6),
    }
    const spelled = (...nodes: readonly FileNodeText[]) =>
      layersOf(onnxFile(['batch', 4], [dense, ...nodes], constants)).at(-1)
    const gelu = spelled(
      { op: 'Mul', inputs: ['k', 'd'], outputs: ['a'] },
      { op: 'Erf', inputs: ['a'], outputs: ['b'] },
      { op: 'Add', inputs: ['one', 'b'], outputs: ['c'] },
      { op: 'Mul', inputs: ['d', 'half'], outputs: ['e'] },
      { op: 'Mul', inputs: ['e', 'c'], outputs: ['y'] },
    )
    expect(gelu).toMatchObject({ kind: 'dense', params: { activation: 'gelu' } })
    const relu6 = spelled(
      { op: 'Max', inputs: ['d', 'zero'], outputs: ['a'] },
      { op: 'Min', inputs: ['six', 'a'], outputs: ['y'] },
    )
    expect(relu6).toMatchObject({ kind: 'dense', params: { activation: 'relu6' } })
    const slope = spelled({
      op: 'LeakyRelu',
      inputs: ['d'],
      outputs: ['y'],
      attributes: { alpha: float(Math.fround(0.05)) },
    })
    expect(slope).toMatchObject({ kind: 'leakyRelu', params: { negativeSlope: 0.05 } })
  })

  test('makes constants that no layer takes in a normalization that is held still, and says so', () => {
    const { project, warnings } = imported('mixer')
    const scales = project.graph.nodes.filter(({ frozen }) => frozen)
    expect(scales.map(({ name, kind }) => [name, kind])).toEqual([
      ['scale', 'batchNormalization'],
      ['scale_2', 'batchNormalization'],
    ])
    expect(warnings[0]?.message).toBe(
      'scale multiplies and adds constants of the file: a normalization that is frozen with mean 0 and variance 1; keep it frozen.',
    )
  })
})

describe('what a file does not say of training', () => {
  test.each([
    ['mlp', 'sparseCategoricalCrossentropy', undefined, 'ends in softmax'],
    ['cnn1d', 'binaryCrossentropy', undefined, 'ends in sigmoid'],
    ['mobile', 'sparseCategoricalCrossentropy', true, 'ends in log-softmax'],
    ['lenet', 'sparseCategoricalCrossentropy', true, 'ends without softmax in 10 numbers'],
  ])('is assumed from the end of %s: %s', (name, kind, fromLogits, because) => {
    const { project, warnings } = imported(name)
    expect([project.training.loss.kind, project.training.loss.params['fromLogits']]).toEqual([kind, fromLogits])
    expect(warnings.at(-1)?.message).toContain(`as the network ${because}`)
  })

  test('is that of numbers where a network ends in one of them', () => {
    const bytes = onnxFile(['batch', 4], [dense], { w: constant(4, 1) })
    expect(importOnnx(bytes, 'm.onnx').project.training.loss.kind).toBe('meanSquaredError')
  })

  test('is the order of an output’s axes where channels come last here', () => {
    expect(imported('unet').warnings[0]?.message).toBe(
      'The output output has its channels last here, [32, 32, 2] for each row, where the file has [batch, 2, 32, 32]; give targets in this order.',
    )
  })
})

describe('a model that has no counterpart', () => {
  test('is refused with a sentence for each node, all at once, and none for those that follow', () => {
    const bytes = onnxFile(
      ['batch', 3, 8, 8],
      [
        {
          op: 'Conv',
          name: '/a/Conv',
          inputs: ['x', 'k'],
          outputs: ['a'],
          attributes: { strides: ints(2, 2), dilations: ints(2, 2) },
        },
        { op: 'Relu', name: '/a/Relu', inputs: ['a'], outputs: ['ra'] },
        {
          op: 'MaxPool',
          name: '/b/MaxPool',
          inputs: ['x'],
          outputs: ['b'],
          attributes: { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1), strides: ints(2, 2) },
        },
        { op: 'NonZero', name: '/c/NonZero', inputs: ['x'], outputs: ['c'] },
        { op: 'FusedConv', name: '/d/FusedConv', domain: 'com.microsoft', inputs: ['x', 'k'], outputs: ['d'] },
        { op: 'MatMul', name: '/e/MatMul', inputs: ['x', 'x'], outputs: ['e'] },
        { op: 'Log', name: '/f/Log', inputs: ['x'], outputs: ['f'] },
        { op: 'Relu', name: '/f/Relu', inputs: ['f'], outputs: ['rf'] },
      ],
      { k: constant(2, 3, 3, 3) },
      { outputs: ['ra', 'b', 'c', 'd', 'e', 'rf'] },
    )
    expect(messagesOf(bytes)).toEqual([
      'The node /a/Conv (Conv) has strides 2, 2 and dilations 2, 2, which no layer has at once; set one of them to 1.',
      'The node /b/MaxPool (MaxPool) pads numbers that may be below 0 in a way no layer does; put a ReLU before it, or choose pads of 0.',
      'The node /c/NonZero (NonZero) is of an op that no layer computes; replace it in the model, or export only the part before it.',
      'The node /d/FusedConv (com.microsoft.FusedConv) is of an op that no layer computes; replace it in the model, or export only the part before it.',
      'The node /e/MatMul (MatMul) multiplies two values of the network, as attention does, which is not supported; only products with constant matrices are.',
      'The node /f/Log (Log) computes Log with settings no layer has; replace it by an activation of the toolbox, or leave it out of the export.',
    ])
  })

  test('is refused where a row has no fixed size', () => {
    expect(
      messagesOf(onnxFile(['batch', 3, 'height', 'width'], [{ op: 'Relu', inputs: ['x'], outputs: ['y'] }])),
    ).toEqual([
      'The input x leaves sizes of a row open, [3, height, width]; export the model with fixed sizes, only the batch may be open.',
    ])
  })

  test('is refused where rows of a batch meet', () => {
    const bytes = onnxFile(
      ['batch', 4],
      [{ op: 'Softmax', name: 'over', inputs: ['x'], outputs: ['y'], attributes: { axis: { type: 'int', value: 0 } } }],
    )
    expect(messagesOf(bytes)).toEqual([
      'The node over (Softmax) runs over the rows of a batch; each row has to stay by itself.',
    ])
  })

  test('is refused where it is none', () => {
    expect(messagesOf(Uint8Array.of(1, 2, 3))).toEqual([
      'm.onnx cannot be read: this is not an ONNX model, or it is damaged.',
    ])
  })
})

describe('a model whose numbers are in a second file', () => {
  const bytes = readFileSync(join(folder, 'two_files', 'mlp.onnx'))

  test('is read with that file', () => {
    const asked: string[] = []
    const { weights } = importOnnx(bytes, 'mlp.onnx', (location) => {
      asked.push(location)
      return readFileSync(join(folder, 'two_files', location))
    })
    expect(weights).toEqual(imported('mlp').weights)
    expect(new Set(asked)).toEqual(new Set(['mlp.onnx.data']))
  })

  test('is refused without it, for each weight', () => {
    const messages = messagesOf(bytes)
    expect(messages.length).toBeGreaterThan(4)
    for (const message of messages)
      expect(message).toMatch(/^m\.onnx: the numbers of .* are in mlp\.onnx\.data, which is not beside the model\.$/)
  })
})

describe('a model of Espalier itself', () => {
  const project = {
    ...imported('mlp').project,
    graph: {
      nodes: [
        { name: 'input', kind: 'input', params: { shape: [2] }, position: { x: 0, y: 0 } },
        { name: 'out', kind: 'dense', params: { units: 1 }, position: { x: 0, y: 0 } },
      ],
      wires: [{ from: 'input', to: 'out' }],
    },
  }
  const node: FileNodeText = { op: 'Gemm', inputs: ['x', 'out/kernel', 'out/bias'], outputs: ['y'] }
  const weights = { 'out/kernel': tensorOf('float32', [2, 1], [3, 4]), 'out/bias': tensorOf('float32', [1], [5]) }
  const own = (text: string, constants: Parameters<typeof onnxFile>[2] = weights): Uint8Array =>
    onnxFile(['batch', 2], [node], constants, { metadata: { 'espalier.project': text } })

  test('becomes the project it was exported from, with the weights of the file', () => {
    const { project: opened, weights: found } = importOnnx(own(JSON.stringify(project)), 'm.onnx')
    expect(opened).toEqual(project)
    expect(found).toEqual(new Map(Object.entries(weights)))
  })

  test('is refused where its project is damaged', () => {
    expect(messagesOf(own('{'))).toEqual(['The project inside m.onnx is damaged; export it again.'])
    expect(messagesOf(own('{}'))).toEqual([
      'The project inside m.onnx is of a form that this version does not know; export it again.',
    ])
  })

  test('is refused where another program has rewritten its weights', () => {
    expect(messagesOf(own(JSON.stringify(project), { ...weights, 'out/kernel': constant(5, 1) }))).toEqual([
      'm.onnx holds no weight out/kernel of 2 × 1 numbers any more; another program may have rewritten it, so import the file as Espalier exported it.',
    ])
  })
})
