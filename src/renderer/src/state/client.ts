/** The typed way to the native side; calls made before the bridge stands wait for it. */
import { createClient } from '#shared/client.ts'
import { bridgeHere } from '../bridge.ts'
import { texts } from '../texts.ts'
import { notices } from './notices.svelte.ts'

export const client = createClient(bridgeHere(() => notices.show('failed', texts.disconnected)))
