/** What each route of the contract does, whichever shell it runs in. */
import type { Handlers } from '#shared/routes.ts'
import { device, version } from './about.ts'
import { createDataHandlers } from './data.ts'
import { createFileHandlers } from './files.ts'
import type { Platform } from './platform.ts'
import { createProjectHandlers } from './projects.ts'
import { createRunHandlers } from './runs.ts'

/** All handlers over one shell; the run's messages are sent on as events from here on. */
export function createHandlers(platform: Platform): Handlers {
  const exported = new Set<string>()
  return {
    'app.info': () =>
      Promise.resolve({
        version,
        shell: platform.shell,
        device: device(),
        folder: platform.dialogs ? null : platform.folder,
      }),
    ...createProjectHandlers(platform),
    ...createDataHandlers(platform),
    ...createRunHandlers(platform, exported),
    ...createFileHandlers(platform, exported),
  }
}
