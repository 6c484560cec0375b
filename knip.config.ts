import type { KnipConfig } from 'knip'

const config: KnipConfig = {
  entry: [
    'bin/espalier.js',
    'scripts/*.js',
    'src/main/{electron,trainer,cli}/index.ts',
    'src/preload/index.ts',
    'src/renderer/src/main.ts',
    'tests/**/*.test.ts',
    'tests/setup.ts',
    'bench/index.{js,ts}',
  ],
  project: ['src/**/*.{ts,js,svelte}', 'tests/**/*.ts', 'bench/**/*.{ts,js}', 'scripts/*.js', 'bin/*.js'],
  ignore: ['src/engine/onnx/*_pb.*', 'tests/fixtures/**'],
  ignoreExportsUsedInFile: { interface: true, type: true },
}

export default config
