import { build } from '../scripts/build.js'

/** Suites that start the built programs find them no older than their sources. */
export default async function setup(): Promise<void> {
  await build()
}
