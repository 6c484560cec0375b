import type { KnipConfig } from 'knip'

const config: KnipConfig = {
  entry: [
    'scripts/*.js',
    // Built by scripts/docs.js, each a program of its own.
    'scripts/docs/{docs,trainer}.ts',
    'src/main/{electron,trainer,cli}/index.ts',
    'tests/**/*.test.ts',
    'tests/e2e/support/electron.cjs',
    // Built by bench/index.js, each a program of its own.
    'bench/{bench,bare,tfjs,trainer}.ts',
  ],
  project: ['src/**/*.{ts,js,svelte}', 'tests/**/*.ts', 'bench/**/*.{ts,js}', 'scripts/**/*.{js,ts}', 'bin/*.js'],
  ignore: ['src/engine/onnx/*_pb.*'],
  // Started by scripts/check.js, by its name.
  ignoreDependencies: ['svelte-check'],
  ignoreExportsUsedInFile: { interface: true, type: true },
}

export default config
