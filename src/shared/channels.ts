/** The names under which Electron carries the contract. */
export const invokeChannel = 'espalier:invoke'
export const eventChannel = 'espalier:event'
