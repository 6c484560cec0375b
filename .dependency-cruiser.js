/** Which folder may import which: the layers of docs/adr, held by `npm run check`. */

/** Inside the engine, low to high. A folder may import what stands before it. */
const engine = [
  ['^src/engine/(graph/|random[.]ts$)'],
  ['^src/engine/ops/'],
  ['^src/engine/autodiff[.]ts$'],
  ['^src/engine/(define|params|activations|project/project)[.]ts$'],
  ['^src/engine/(layers|losses|metrics|regularizers|constraints|optimizers|schedules|initializers|augmentations)/'],
  ['^src/engine/definitions[.]ts$'],
  ['^src/engine/project/(?!project[.]ts$)'],
  ['^src/engine/compile/'],
]

const engineLayers = engine.slice(0, -1).map(([folder], level) => ({
  name: `engine-layer-${level + 1}`,
  comment: 'Inside the engine, low to high: graph < ops < autodiff < define < definition folders < project < compile.',
  severity: 'error',
  from: { path: folder },
  // Types carry no code: define.ts may name the Setting that a project holds.
  to: { path: engine.slice(level + 1).flat(), dependencyTypesNot: ['type-only'] },
}))

const builtin = ['core']
const packages = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown']

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that import each other are one file, or one of them holds something that belongs below both.',
      severity: 'error',
      // A form within a form is how settings hold settings: components may recur.
      from: { pathNot: '[.]svelte$' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '[.]svelte$' },
    },
    {
      name: 'production-needs-dependencies',
      comment: 'What the native side imports must be there in an installed app.',
      severity: 'error',
      from: { path: '^src/(main|engine|shared)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/electron/' },
    },
    ...engineLayers,
    {
      name: 'definitions-apart',
      comment: 'Definition folders never import each other.',
      severity: 'error',
      from: {
        path: '^src/engine/(layers|losses|metrics|regularizers|constraints|optimizers|schedules|initializers|augmentations)/',
      },
      to: {
        path: '^src/engine/(layers|losses|metrics|regularizers|constraints|optimizers|schedules|initializers|augmentations)/',
        pathNot: '^src/engine/$1/',
      },
    },
    {
      name: 'engine-is-pure',
      comment: 'The engine imports only the engine: no node:, no DOM, no runtime.',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { pathNot: ['^src/engine/', 'node_modules/valibot/', 'node_modules/@bufbuild/protobuf/'] },
    },
    {
      name: 'onnx-needs-only-graph',
      severity: 'error',
      from: { path: '^src/engine/onnx/' },
      to: { path: '^src/engine/', pathNot: '^src/engine/(onnx|graph)/' },
    },
    {
      name: 'protobuf-only-in-onnx',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/onnx/' },
      to: { path: 'node_modules/@bufbuild/' },
    },
    {
      name: 'shared',
      comment: 'The contract takes types and schemas from the engine, and nothing else.',
      severity: 'error',
      from: { path: '^src/shared/' },
      to: { pathNot: ['^src/shared/', '^src/engine/project/', 'node_modules/valibot/'] },
    },
    {
      name: 'trainer',
      severity: 'error',
      from: { path: '^src/main/trainer/' },
      to: {
        path: '^src/',
        pathNot: '^src/(main/trainer|main/files/atomic[.]ts|main/files/onnx/own[.]ts|engine|shared)',
      },
    },
    {
      name: 'trainer-is-a-process',
      comment: 'Others reach the trainer through its client, never by calling into it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/trainer/' },
      to: { path: '^src/main/trainer/', pathNot: '^src/main/trainer/client[.]ts$' },
    },
    {
      name: 'onnxruntime-only-in-trainer',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/main/trainer/' },
      to: { path: 'node_modules/onnxruntime-' },
    },
    {
      name: 'handlers-and-files',
      comment: 'What the routes do and the files they touch know no shell.',
      severity: 'error',
      from: { path: '^src/main/(handlers|files)/' },
      to: {
        path: '^src/',
        pathNot: '^src/(main/(handlers|files|trainer)|engine|shared)/',
      },
    },
    {
      name: 'files-below-handlers',
      severity: 'error',
      from: { path: '^src/main/files/' },
      to: { path: '^src/main/(handlers|trainer)/' },
    },
    {
      name: 'shells-apart',
      comment: 'The desktop shell and the browser host never import each other; the command line starts the host.',
      severity: 'error',
      from: { path: '^src/main/(electron|host)/' },
      to: { path: '^src/main/(electron|host|cli)/', pathNot: '^src/main/$1/' },
    },
    {
      name: 'electron-only-in-its-shell',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main/electron|preload)/' },
      to: { path: 'node_modules/electron/' },
    },
    {
      name: 'preload',
      comment: 'The preload script holds the bridge and nothing else.',
      severity: 'error',
      from: { path: '^src/preload/' },
      to: { pathNot: ['^src/(preload|shared)/', 'node_modules/electron/'] },
    },
    {
      name: 'renderer',
      comment: 'No Node and no native side on screen.',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { path: '^src/', pathNot: '^src/(renderer|engine|shared)/' },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^src/(renderer|preload|shared|engine)/' },
      to: { dependencyTypes: builtin },
    },
    {
      name: 'chart-only-in-plots',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: '^src/renderer/src/plots/' },
      to: { path: 'node_modules/chart[.]js/' },
    },
    {
      name: 'source-needs-no-tests',
      severity: 'error',
      from: { path: '^(src|bin|scripts)/' },
      to: { path: '^(tests|bench)/' },
    },
    {
      name: 'renderer-packages',
      comment: 'What the renderer may bundle.',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: {
        dependencyTypes: packages,
        pathNot: 'node_modules/(svelte|@xyflow/|@dagrejs/|chart[.]js|valibot)',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(out|node_modules/[.]|tests/fixtures)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'svelte', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.js', '.svelte', '.json'],
    },
  },
}
