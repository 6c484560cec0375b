/** The one door between the pages and the native side. What goes through it is the contract's business. */
import { contextBridge, ipcRenderer } from 'electron'
import type { Bridge } from '#shared/routes.ts'
import { eventChannel, invokeChannel } from '#shared/channels.ts'

const bridge: Bridge = {
  invoke: (route, input) => ipcRenderer.invoke(invokeChannel, route, input),
  on(listener) {
    const forward = (_source: unknown, event: unknown): void => listener(event)
    ipcRenderer.on(eventChannel, forward)
    return () => void ipcRenderer.removeListener(eventChannel, forward)
  },
}

contextBridge.exposeInMainWorld('espalier', bridge)
