/** Showing an address in the person's own browser. */
import { spawn } from 'node:child_process'

/** Asks the system to; where there is no screen nothing happens, and a system that can't is no error. */
export function openInBrowser(address: string): void {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  if (process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) return
  const command =
    process.platform === 'darwin'
      ? { program: 'open', args: [address] }
      : process.platform === 'win32'
        ? { program: 'rundll32', args: ['url.dll,FileProtocolHandler', address] }
        : { program: 'xdg-open', args: [address] }
  const child = spawn(command.program, command.args, { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
