/** The typed way to the native side; calls made before the bridge stands wait for it. */
import { createClient } from '#shared/client.ts'
import { bridgeHere } from '../bridge.ts'

export const client = createClient(bridgeHere())
