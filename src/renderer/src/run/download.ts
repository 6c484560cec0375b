/** Handing files over through the browser; a desktop shell asks where they go. */
import { client } from '../state/client.ts'
import { notices } from '../state/notices.svelte.ts'

function handOver(name: string, content: BlobPart, type: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([content], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** Hands over a model that the native side exported. */
export async function downloadModel(path: string): Promise<void> {
  const file = await notices.attempt(client.call('files.read', { path }))
  if (!file) return
  const bytes = Uint8Array.from(atob(file.base64), (character) => character.charCodeAt(0))
  handOver(path.split(/[\\/]/).at(-1) ?? 'model.onnx', bytes, 'application/octet-stream')
}

/** Hands over a text made here. */
export const downloadText = (name: string, text: string): void => handOver(name, text, 'text/plain')
