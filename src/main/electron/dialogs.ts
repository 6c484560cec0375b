/** The system's own dialogs for files. */
import { app, BrowserWindow, dialog, type FileFilter, type OpenDialogOptions, type SaveDialogOptions } from 'electron'
import { join } from 'node:path'
import type { Dialogs } from '#main/handlers/platform.ts'

const projects: FileFilter = { name: 'Espalier projects', extensions: ['espalier'] }
const openable: FileFilter = { name: 'Projects and models', extensions: ['espalier', 'keras', 'onnx'] }
const tables: FileFilter = { name: 'Tables', extensions: ['csv', 'tsv', 'txt'] }
const models: FileFilter = { name: 'ONNX models', extensions: ['onnx'] }

async function askToOpen(options: OpenDialogOptions): Promise<string | null> {
  const window = BrowserWindow.getFocusedWindow()
  const { canceled, filePaths } = await (window
    ? dialog.showOpenDialog(window, options)
    : dialog.showOpenDialog(options))
  return canceled ? null : (filePaths[0] ?? null)
}

async function askToSave(options: SaveDialogOptions): Promise<string | null> {
  const window = BrowserWindow.getFocusedWindow()
  const { canceled, filePath } = await (window
    ? dialog.showSaveDialog(window, options)
    : dialog.showSaveDialog(options))
  return canceled || filePath === '' ? null : filePath
}

/** On Linux the dialog leaves the extension to the person. */
const withExtension = (path: string | null, extension: string): string | null =>
  path === null || path.toLowerCase().endsWith(extension) ? path : path + extension

const inDocuments = (name: string): string => join(app.getPath('documents'), name)

export const dialogs: Dialogs = {
  openProject: () => askToOpen({ properties: ['openFile'], filters: [openable] }),
  openData: () => askToOpen({ properties: ['openFile'], filters: [tables] }),
  async saveProject(suggested) {
    const path = await askToSave({ defaultPath: inDocuments(suggested), filters: [projects] })
    return withExtension(path, '.espalier')
  },
  async saveModel(suggested) {
    return withExtension(await askToSave({ defaultPath: inDocuments(suggested), filters: [models] }), '.onnx')
  },
}
