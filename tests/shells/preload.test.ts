import { readFile } from 'node:fs/promises'
import vm from 'node:vm'
import { beforeEach, expect, test, vi } from 'vitest'
import { installation } from '#main/files/installation.ts'
import { eventChannel, invokeChannel } from '#shared/channels.ts'
import type { Bridge } from '#shared/routes.ts'
import { createElectron, type ElectronStandIn } from './electronStandIn.ts'

let electron: ElectronStandIn

beforeEach(() => {
  electron = createElectron()
})

/** Runs the preload script and gives what the page finds. */
async function bridgeOnWindow(): Promise<Bridge> {
  vi.resetModules()
  vi.doMock('electron', () => electron)
  await import('../../src/preload/index.ts')
  const [key, bridge] = electron.contextBridge.exposeInMainWorld.mock.lastCall ?? []
  expect(key).toBe('espalier')
  return bridge as Bridge
}

test('the page finds a bridge of two functions and nothing else', async () => {
  expect(Object.keys(await bridgeOnWindow()).sort()).toEqual(['invoke', 'on'])
  expect(electron.contextBridge.exposeInMainWorld).toHaveBeenCalledOnce()
})

test('calls go over one channel, with the route as an argument', async () => {
  const bridge = await bridgeOnWindow()
  expect(await bridge.invoke('run.pause', null)).toEqual({ ok: true, value: null })
  expect(electron.ipcRenderer.invoke).toHaveBeenCalledExactlyOnceWith(invokeChannel, 'run.pause', null)
})

test('events reach the page without the object of Electron that brought them, until it stops listening', async () => {
  const bridge = await bridgeOnWindow()
  const listener = vi.fn()
  const stop = bridge.on(listener)
  electron.ipcRenderer.emit(eventChannel, { sender: 'a door to everything' }, { event: 'x' })
  expect(listener).toHaveBeenCalledExactlyOnceWith({ event: 'x' })
  stop()
  electron.ipcRenderer.emit(eventChannel, {}, { event: 'y' })
  expect(listener).toHaveBeenCalledOnce()
})

test('the built script runs in a sandbox, where electron is all it can require', async () => {
  const required: string[] = []
  const sandbox = {
    require: (name: string) => {
      required.push(name)
      return electron
    },
    exports: {},
    module: { exports: {} },
  }
  vm.runInNewContext(await readFile(installation.preload, 'utf8'), sandbox)
  expect(required).toEqual(['electron'])
  expect(electron.contextBridge.exposeInMainWorld).toHaveBeenCalledOnce()
})
