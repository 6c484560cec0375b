/** Handing an exported model over through the browser. */
import { client } from '../state/client.ts'
import { notices } from '../state/notices.svelte.ts'

export async function download(path: string): Promise<void> {
  const file = await notices.attempt(client.call('files.read', { path }))
  if (!file) return
  const bytes = Uint8Array.from(atob(file.base64), (character) => character.charCodeAt(0))
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  link.download = path.split(/[\\/]/).at(-1) ?? 'model.onnx'
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
