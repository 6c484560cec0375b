/** `espalier serve`: the workbench in the browser. */
import { serve as serveHost, type HostOptions } from '#main/host/index.ts'
import { onInterrupt } from './interrupt.ts'

/** Serves until it is interrupted; throws CallErrors. */
export async function serve(options: HostOptions): Promise<number> {
  const host = await serveHost(options)
  process.stdout.write(`Espalier is at ${host.address}\nCtrl-C ends it.\n`)
  await new Promise<void>((interrupted) => {
    onInterrupt(interrupted, () => undefined)
  })
  await host.close()
  return 0
}
