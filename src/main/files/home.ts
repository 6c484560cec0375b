/** The folder of a person's own that Espalier keeps its runs and its list of recent projects in. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** `ESPALIER_HOME`, else where this system keeps the data of programs. */
export function homeFolder(): string {
  const { ESPALIER_HOME, APPDATA, XDG_DATA_HOME } = process.env
  if (ESPALIER_HOME) return resolve(ESPALIER_HOME)
  if (process.platform === 'win32') return join(APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Espalier')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Espalier')
  return join(XDG_DATA_HOME ?? join(homedir(), '.local', 'share'), 'espalier')
}
