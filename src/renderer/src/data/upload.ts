/** Bringing a CSV file in: with the shell's dialog where it has one, else with the browser's, or dropped. */
import { client } from '../state/client.ts'
import { data } from '../state/data.svelte.ts'
import { notices } from '../state/notices.svelte.ts'
import { workbench } from '../state/workbench.svelte.ts'
import { texts } from '../texts.ts'

const largest = 256 * 1024 * 1024

/** Hands a file over by content and makes it the project's table. */
export async function uploadData(file: File): Promise<void> {
  if (!/\.(csv|tsv|txt)$/i.test(file.name)) return notices.show('refused', texts.data.notCsv(file.name))
  if (file.size > largest) return notices.show('refused', texts.data.tooLarge(file.name))
  const uploaded = await notices.attempt(
    file.text().then((text) => client.call('data.upload', { name: file.name, text })),
  )
  if (uploaded) data.setSource(uploaded.source)
}

/** Asks for a CSV file and makes it the project's table. */
export async function chooseData(): Promise<void> {
  if (workbench.info?.shell === 'electron') {
    const chosen = await notices.attempt(client.call('data.choose', null))
    if (chosen) data.setSource(chosen.source)
    return
  }
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = '.csv,.tsv,.txt,text/csv'
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    if (file) void uploadData(file)
  })
  input.click()
}
