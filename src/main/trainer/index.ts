/**
 * The trainer's process. Started as an Electron utility process or as a forked child; its one argument is the folder of
 * the sample tables. It ends when the process that started it does.
 */
import { type Port, serve } from './port.ts'
import { createTrainer } from './trainer.ts'

/** Electron's end of a utility process, as far as it is used here. */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): void
}

function isParentPort(port: unknown): port is ParentPort {
  return typeof port === 'object' && port !== null && 'postMessage' in port && 'on' in port
}

function openPort(): Port {
  const parent: unknown = Reflect.get(process, 'parentPort')
  if (isParentPort(parent)) {
    return {
      post: (message) => parent.postMessage(message),
      onMessage: (listener) => parent.on('message', ({ data }) => listener(data)),
    }
  }
  if (!process.send) throw new Error('The trainer is started by Espalier, not by hand: it has no one to talk to.')
  process.on('disconnect', () => process.exit())
  return {
    // A message that no longer reaches anyone is followed by the disconnect.
    post: (message) => void process.send?.(message, undefined, undefined, () => undefined),
    onMessage: (listener) => void process.on('message', listener),
  }
}

// Ctrl-C in a terminal reaches the whole group: whoever started the trainer stops it, after the checkpoint.
process.on('SIGINT', () => undefined)

const [samples] = process.argv.slice(2)
if (samples === undefined) throw new Error('The trainer needs the folder of the sample tables as its argument.')
serve(openPort(), (tell) => createTrainer({ samples, session: { threads: null }, tell }))
