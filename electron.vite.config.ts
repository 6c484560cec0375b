import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'
import { resolve } from 'node:path'

const source = (path: string): string => resolve(import.meta.dirname, 'src', path)

/** The build writes into a folder of its own first, then moves the result into place: see scripts/build.js. */
const output = (part: string): string => resolve(import.meta.dirname, process.env['ESPALIER_OUT'] ?? 'out', part)

/** The command line needs the main part alone, and is quicker without the others. */
const mainOnly = process.env['ESPALIER_PARTS'] === 'main'

/** While developing, Vite brings styles as elements of the page; built pages keep the strict policy. */
const allowInlineStyles = {
  name: 'allow-inline-styles',
  apply: 'serve' as const,
  transformIndexHtml: (html: string): string => html.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
}

export default defineConfig({
  main: {
    build: {
      outDir: output('main'),
      // The command line and the browser host run under the oldest Node that package.json allows.
      target: 'node20.19',
      rolldownOptions: {
        input: {
          electron: source('main/electron/index.ts'),
          trainer: source('main/trainer/index.ts'),
          cli: source('main/cli/index.ts'),
        },
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  ...(mainOnly
    ? {}
    : {
        preload: {
          build: {
            outDir: output('preload'),
            // A sandboxed preload script can require nothing but electron: one CommonJS file with all in it.
            externalizeDeps: false,
            rolldownOptions: {
              input: { preload: source('preload/index.ts') },
              output: { format: 'cjs' as const, entryFileNames: '[name].cjs' },
            },
          },
        },
        renderer: {
          root: source('renderer'),
          // Relative addresses: the same files are served by app:// and by the browser host.
          base: './',
          plugins: [svelte(), allowInlineStyles],
          build: {
            outDir: output('renderer'),
            target: 'chrome120',
            minify: true,
            // Inlined files would need data: in the content security policy.
            assetsInlineLimit: 0,
            modulePreload: { polyfill: false },
            rolldownOptions: { input: source('renderer/index.html') },
          },
        },
      }),
})
