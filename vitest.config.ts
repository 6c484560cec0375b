import { defineConfig } from 'vitest/config'

/** Suites over the pure engine and the editor: no processes, no files outside the repository, no build. */
const pure = ['tests/engine/**/*.test.ts', 'tests/onnx/**/*.test.ts', 'tests/renderer/**/*.test.ts']
/** Most of what they run, they run a few times: optimizing it takes longer than it saves, so only what is hot is optimized. */
const optimizeLess = ['--interrupt-budget=600000']
const browser = ['tests/e2e/**/*.test.ts']
/** Suites that put other modules in place of Node's and Electron's, each with its modules for itself. */
const mocked = ['tests/shells/**/*.test.ts']

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default'],
    projects: [
      {
        test: { name: 'engine', include: pure, isolate: false, execArgv: optimizeLess, testTimeout: 20_000 },
      },
      {
        test: {
          name: 'native',
          include: ['tests/**/*.test.ts'],
          exclude: [...pure, ...browser, ...mocked],
          isolate: false,
          globalSetup: ['tests/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'shells',
          include: mocked,
          globalSetup: ['tests/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: browser,
          globalSetup: ['tests/setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
