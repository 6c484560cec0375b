// Electron as a plain browser: one empty window, which the test leads to the workbench's address.
const { app, BrowserWindow } = require('electron')

app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 720 }).loadURL('about:blank'))
