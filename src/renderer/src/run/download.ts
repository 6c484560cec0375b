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
  downloadBytes(path.split(/[\\/]/).at(-1) ?? 'model.onnx', file.base64, 'application/octet-stream')
}

/** Hands over bytes that are written in base64. */
export function downloadBytes(name: string, base64: string, type: string): void {
  handOver(
    name,
    Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
    type,
  )
}

/** Hands over a text made here. */
export const downloadText = (name: string, text: string, type = 'text/plain'): void => handOver(name, text, type)
