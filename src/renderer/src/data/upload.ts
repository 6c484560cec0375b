/** Bringing files in: with the shell's dialog where it has one, else with the browser's, or dropped. */
import { client } from '../state/client.ts'
import { data } from '../state/data.svelte.ts'
import { notices } from '../state/notices.svelte.ts'
import { workbench } from '../state/workbench.svelte.ts'
import { texts } from '../texts.ts'

const largestTable = 256 * 1024 * 1024
/** As text, in which three bytes become four letters, it must not be larger than a message may be. */
const largestModel = 192 * 1024 * 1024

const tables = /\.(csv|tsv|txt)$/i
const models = /\.(keras|onnx)$/i

/** Takes a file for what its name says: the project's table, or a model to open as a project. */
export async function takeFile(file: File): Promise<void> {
  if (tables.test(file.name)) return uploadData(file)
  if (models.test(file.name)) return uploadModel(file)
  notices.show('refused', texts.open.notKnown(file.name))
}

async function uploadData(file: File): Promise<void> {
  if (file.size > largestTable) return notices.show('refused', texts.data.tooLarge(file.name))
  const uploaded = await notices.attempt(
    file.text().then((text) => client.call('data.upload', { name: file.name, text })),
  )
  if (uploaded) data.setSource(uploaded.source)
}

async function uploadModel(file: File): Promise<void> {
  if (file.size > largestModel) return notices.show('refused', texts.open.tooLarge(file.name))
  const base64 = await notices.attempt(base64Of(file))
  if (base64 !== null) await workbench.importModel(file.name, base64)
}

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result).replace(/^[^,]*,/, '')))
    reader.addEventListener('error', () => reject(reader.error ?? new Error(`${file.name} cannot be read`)))
    reader.readAsDataURL(file)
  })
}

function ask(accept: string): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = accept
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    if (file) void takeFile(file)
  })
  input.click()
}

/** Asks for a CSV file and makes it the project's table. */
export async function chooseData(): Promise<void> {
  if (workbench.info?.shell !== 'electron') return ask('.csv,.tsv,.txt,text/csv')
  const chosen = await notices.attempt(client.call('data.choose', null))
  if (chosen) data.setSource(chosen.source)
}

/** Asks for a model of another program and opens it as a project. */
export const chooseModel = (): void => ask('.keras,.onnx')
